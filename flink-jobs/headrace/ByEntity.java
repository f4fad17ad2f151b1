package headrace;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.utils.Utils;

/** Keeps the partials of one entity in one partition: of a message's key, which ends with tier and hop, only what is before them counts. */
public class ByEntity implements Partitioner {
    public int partition(String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
        String text = new String(keyBytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf(",\"tier\":");
        byte[] item = text.substring(0, end < 0 ? text.length() : end).getBytes(StandardCharsets.UTF_8);
        return Utils.toPositive(Utils.murmur2(item)) % cluster.partitionsForTopic(topic).size();
    }

    public void close() {}

    public void configure(Map settings) {}
}

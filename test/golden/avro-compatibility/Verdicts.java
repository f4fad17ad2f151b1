import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;

/** Adds Apache Avro's own verdict to each pair of schemas: whether the reader reads what the writer writes. A schema that Avro does not take is left out. */
public final class Verdicts {
    public static void main(String[] arguments) throws Exception {
        ObjectMapper json = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode pair = json.readTree(line);
            Schema reader;
            Schema writer;
            try {
                reader = new Schema.Parser().parse(pair.get("reader").toString());
                writer = new Schema.Parser().parse(pair.get("writer").toString());
            } catch (RuntimeException refused) {
                continue;
            }
            boolean compatible = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE;
            System.out.println(((ObjectNode) pair).put("compatible", compatible));
        }
    }
}

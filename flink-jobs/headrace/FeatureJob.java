package headrace;

import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * Runs the SQL of features, features.sql of its archive: all inserts of it as one job.
 *
 * Its application properties say where: the group `headrace` has brokers, topics and the consumer group, `flink` settings of
 * a Flink on this machine, and `accepted` and `partials` further options of these tables. Managed Flink puts the properties
 * where they are looked for when no other file is named.
 *
 * Written without type arguments, lambdas and the like: it is compiled by Janino.
 */
public class FeatureJob {
    private static final String PROPERTIES = "/etc/flink/application_properties.json";

    private static Map groupsOf(File file) throws Exception {
        Map groups = new LinkedHashMap();
        Iterator each = new ObjectMapper().readTree(file).elements();
        while (each.hasNext()) {
            JsonNode group = (JsonNode) each.next();
            Map properties = new LinkedHashMap();
            Iterator fields = group.get("PropertyMap").fields();
            while (fields.hasNext()) {
                Map.Entry field = (Map.Entry) fields.next();
                properties.put(field.getKey(), ((JsonNode) field.getValue()).asText());
            }
            groups.put(group.get("PropertyGroupId").asText(), properties);
        }
        return groups;
    }

    private static Map groupOf(Map groups, String name) {
        return groups.containsKey(name) ? (Map) groups.get(name) : new LinkedHashMap();
    }

    private static String needed(Map headrace, String name) {
        if (!headrace.containsKey(name)) throw new IllegalArgumentException("The application properties have no " + name + " in the group headrace; it has " + headrace.keySet() + ".");
        return (String) headrace.get(name);
    }

    /** Options of a table: how brokers are reached, as `PLAINTEXT://host:port` or `SASL_SSL://host:port` says, its own, and what is said further. */
    private static String options(Map headrace, Map own, Map further) {
        Map all = new LinkedHashMap();
        String[] brokers = needed(headrace, "brokers").split("://");
        all.put("properties.bootstrap.servers", brokers[1]);
        if (brokers[0].equals("SASL_SSL")) {
            all.put("properties.security.protocol", "SASL_SSL");
            all.put("properties.sasl.mechanism", "AWS_MSK_IAM");
            all.put("properties.sasl.jaas.config", "software.amazon.msk.auth.iam.IAMLoginModule required;");
            all.put("properties.sasl.client.callback.handler.class", "software.amazon.msk.auth.iam.IAMClientCallbackHandler");
        }
        all.putAll(own);
        all.putAll(further);
        StringBuilder text = new StringBuilder();
        Iterator entries = all.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry option = (Map.Entry) entries.next();
            text.append(quoted((String) option.getKey())).append(" = ").append(quoted((String) option.getValue())).append(", ");
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    private static String filled(String sql, Map groups) {
        Map headrace = groupOf(groups, "headrace");
        Map accepted = new LinkedHashMap();
        accepted.put("topic", needed(headrace, "accepted"));
        accepted.put("properties.group.id", needed(headrace, "group"));
        accepted.put("scan.startup.mode", "earliest-offset");
        Map partials = new LinkedHashMap();
        partials.put("topic", needed(headrace, "partials"));
        partials.put("properties.partitioner.class", ByEntity.class.getName());
        // As much as the topic takes: lib/runtime/kafka/topic.ts.
        partials.put("properties.max.request.size", "2097152");
        return sql.replace("${accepted}", options(headrace, accepted, groupOf(groups, "accepted"))).replace("${partials}", options(headrace, partials, groupOf(groups, "partials")));
    }

    private static String sql() throws Exception {
        InputStream resource = FeatureJob.class.getResourceAsStream("/features.sql");
        if (resource == null) throw new IllegalStateException("The archive of this job has no features.sql.");
        return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws Exception {
        Map groups = groupsOf(new File(arguments.length > 0 ? arguments[0] : PROPERTIES));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(groupOf(groups, "flink")));
        StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
        StatementSet inserts = tables.createStatementSet();
        Pattern setting = Pattern.compile("SET '([^']+)' = '([^']*)'");
        String[] statements = filled(sql(), groups).split(";\\s*\n");
        for (int index = 0; index < statements.length; index++) {
            String statement = statements[index].trim();
            Matcher set = setting.matcher(statement);
            if (set.matches()) tables.getConfig().set(set.group(1), set.group(2));
            else if (statement.startsWith("INSERT INTO ")) inserts.addInsertSql(statement);
            else if (!statement.isEmpty()) tables.executeSql(statement);
        }
        TableResult job = inserts.execute();
        // A cluster in this process ends with it.
        if (environment instanceof LocalStreamEnvironment) job.await();
    }
}

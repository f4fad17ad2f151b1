import com.amazonaws.services.schemaregistry.deserializers.GlueSchemaRegistryKafkaDeserializer;
import com.amazonaws.services.schemaregistry.serializers.GlueSchemaRegistryKafkaSerializer;
import com.amazonaws.services.schemaregistry.serializers.json.JsonDataWithSchema;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Writes and reads frames with AWS's own serializers for Java. One JSON object in, one out. */
public final class Interop {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Object avroValue(Schema schema, JsonNode value) {
        if (schema.getType() == Schema.Type.UNION) {
            return value == null || value.isNull() ? null : avroValue(schema.getTypes().get(1), value);
        }
        switch (schema.getType()) {
            case RECORD:
                GenericRecord record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields()) {
                    record.put(field.name(), avroValue(field.schema(), value.get(field.name())));
                }
                return record;
            case LONG:
                return schema.getLogicalType() != null ? Instant.parse(value.asText()).toEpochMilli() : value.asLong();
            case DOUBLE:
                return value.asDouble();
            case BOOLEAN:
                return value.asBoolean();
            default:
                return value.asText();
        }
    }

    private static JsonNode jsonValue(Schema schema, Object value) {
        if (value == null) {
            return JSON.nullNode();
        }
        if (schema.getType() == Schema.Type.UNION) {
            return jsonValue(schema.getTypes().get(1), value);
        }
        if (value instanceof GenericRecord) {
            ObjectNode node = JSON.createObjectNode();
            for (Schema.Field field : schema.getFields()) {
                node.set(field.name(), jsonValue(field.schema(), ((GenericRecord) value).get(field.name())));
            }
            return node;
        }
        if (schema.getLogicalType() != null) {
            String text = Instant.ofEpochMilli((Long) value).toString();
            return JSON.getNodeFactory().textNode(text.contains(".") ? text : text.replace("Z", ".000Z"));
        }
        return value instanceof CharSequence ? JSON.getNodeFactory().textNode(value.toString()) : JSON.valueToTree(value);
    }

    private static Map<String, Object> configuration(JsonNode given, String format, String compression) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("region", "us-east-1");
        settings.put("endpoint", given.get("endpoint").asText());
        settings.put("registry.name", given.get("registry").asText());
        settings.put("schemaName", given.get("schemas").get(format).get("name").asText());
        settings.put("dataFormat", format);
        settings.put("compression", compression.equals("zlib") ? "ZLIB" : "NONE");
        settings.put("avroRecordType", "GENERIC_RECORD");
        settings.put("schemaAutoRegistrationEnabled", "false");
        return settings;
    }

    public static void main(String[] arguments) throws Exception {
        JsonNode given = JSON.readTree(System.in);
        ObjectNode result = JSON.createObjectNode();
        ArrayNode vectors = result.putArray("vectors");
        Schema avro = new Schema.Parser().parse(given.get("schemas").get("AVRO").get("definition").asText());
        String json = given.get("schemas").get("JSON").get("definition").asText();
        for (String format : new String[] {"AVRO", "JSON"}) {
            for (String compression : new String[] {"none", "zlib"}) {
                GlueSchemaRegistryKafkaSerializer serializer = new GlueSchemaRegistryKafkaSerializer();
                serializer.configure(configuration(given, format, compression), false);
                int index = 0;
                for (JsonNode event : given.get("events")) {
                    Object data = format.equals("AVRO") ? avroValue(avro, event) : JsonDataWithSchema.builder(json, event.toString()).build();
                    ObjectNode vector = vectors.addObject();
                    vector.put("client", "schema-registry-serde 1.1.24 (Java)");
                    vector.put("format", format).put("compression", compression).put("event", index++);
                    vector.put("frame", Base64.getEncoder().encodeToString(serializer.serialize("flights", data)));
                }
            }
        }
        ArrayNode decoded = result.putArray("decoded");
        for (JsonNode ours : given.get("frames")) {
            GlueSchemaRegistryKafkaDeserializer deserializer = new GlueSchemaRegistryKafkaDeserializer();
            deserializer.configure(configuration(given, ours.get("format").asText(), "none"), false);
            Object value = deserializer.deserialize("flights", Base64.getDecoder().decode(ours.get("frame").asText()));
            decoded.add(value instanceof GenericRecord ? jsonValue(avro, value) : JSON.readTree(((JsonDataWithSchema) value).getPayload()));
        }
        JSON.writeValue(System.out, result);
    }
}

// Generated from the definitions by `headrace compile`; do not edit.
'use strict';
exports.hashes = {
  "flight.landed@v1": "883774e044a3c7173b45396694d827bafc455de445da0314a59460f0450859d4",
  "prediction.late_arrival@v1": "0219d1c07d70649d9356056a61fa611f18c3aaa24726e99d17b997705fb74926"
};
exports.validatorsWith = (formats) => ({
"flight.landed@v1": (() => {
const exports = {};
exports.validate = validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"flight.landed@v1","type":"object","required":["origin","destination","distance","scheduledDeparture","departureHour","departureWeekday","delayMinutes"],"properties":{"origin":{"type":"string","pattern":"^[A-Z0-9]{3}$"},"destination":{"type":"string","pattern":"^[A-Z0-9]{3}$"},"distance":{"type":"integer","minimum":0,"maximum":20000},"scheduledDeparture":{"type":"string","format":"date-time"},"departureHour":{"type":"integer","minimum":0,"maximum":23},"departureWeekday":{"type":"integer","minimum":1,"maximum":7},"delayMinutes":{"type":"integer","minimum":-180,"maximum":1440}}};
const pattern0 = new RegExp("^[A-Z0-9]{3}$", "u");
const formats0 = formats["date-time"];

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((((((((data.origin === undefined) && (missing0 = "origin")) || ((data.destination === undefined) && (missing0 = "destination"))) || ((data.distance === undefined) && (missing0 = "distance"))) || ((data.scheduledDeparture === undefined) && (missing0 = "scheduledDeparture"))) || ((data.departureHour === undefined) && (missing0 = "departureHour"))) || ((data.departureWeekday === undefined) && (missing0 = "departureWeekday"))) || ((data.delayMinutes === undefined) && (missing0 = "delayMinutes"))){
validate10.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0}}];
return false;
}
else {
if(data.origin !== undefined){
let data0 = data.origin;
const _errs1 = errors;
if(errors === _errs1){
if(typeof data0 === "string"){
if(!pattern0.test(data0)){
validate10.errors = [{instancePath:instancePath+"/origin",schemaPath:"#/properties/origin/pattern",keyword:"pattern",params:{pattern: "^[A-Z0-9]{3}$"}}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/origin",schemaPath:"#/properties/origin/type",keyword:"type",params:{type: "string"}}];
return false;
}
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination !== undefined){
let data1 = data.destination;
const _errs3 = errors;
if(errors === _errs3){
if(typeof data1 === "string"){
if(!pattern0.test(data1)){
validate10.errors = [{instancePath:instancePath+"/destination",schemaPath:"#/properties/destination/pattern",keyword:"pattern",params:{pattern: "^[A-Z0-9]{3}$"}}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/destination",schemaPath:"#/properties/destination/type",keyword:"type",params:{type: "string"}}];
return false;
}
}
var valid0 = _errs3 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.distance !== undefined){
let data2 = data.distance;
const _errs5 = errors;
if(!(((typeof data2 == "number") && (!(data2 % 1) && !isNaN(data2))) && (isFinite(data2)))){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/type",keyword:"type",params:{type: "integer"}}];
return false;
}
if(errors === _errs5){
if((typeof data2 == "number") && (isFinite(data2))){
if(data2 > 20000 || isNaN(data2)){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/maximum",keyword:"maximum",params:{comparison: "<=", limit: 20000}}];
return false;
}
else {
if(data2 < 0 || isNaN(data2)){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}}];
return false;
}
}
}
}
var valid0 = _errs5 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.scheduledDeparture !== undefined){
let data3 = data.scheduledDeparture;
const _errs7 = errors;
if(errors === _errs7){
if(errors === _errs7){
if(typeof data3 === "string"){
if(!(formats0(data3))){
validate10.errors = [{instancePath:instancePath+"/scheduledDeparture",schemaPath:"#/properties/scheduledDeparture/format",keyword:"format",params:{format: "date-time"}}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/scheduledDeparture",schemaPath:"#/properties/scheduledDeparture/type",keyword:"type",params:{type: "string"}}];
return false;
}
}
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.departureHour !== undefined){
let data4 = data.departureHour;
const _errs9 = errors;
if(!(((typeof data4 == "number") && (!(data4 % 1) && !isNaN(data4))) && (isFinite(data4)))){
validate10.errors = [{instancePath:instancePath+"/departureHour",schemaPath:"#/properties/departureHour/type",keyword:"type",params:{type: "integer"}}];
return false;
}
if(errors === _errs9){
if((typeof data4 == "number") && (isFinite(data4))){
if(data4 > 23 || isNaN(data4)){
validate10.errors = [{instancePath:instancePath+"/departureHour",schemaPath:"#/properties/departureHour/maximum",keyword:"maximum",params:{comparison: "<=", limit: 23}}];
return false;
}
else {
if(data4 < 0 || isNaN(data4)){
validate10.errors = [{instancePath:instancePath+"/departureHour",schemaPath:"#/properties/departureHour/minimum",keyword:"minimum",params:{comparison: ">=", limit: 0}}];
return false;
}
}
}
}
var valid0 = _errs9 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.departureWeekday !== undefined){
let data5 = data.departureWeekday;
const _errs11 = errors;
if(!(((typeof data5 == "number") && (!(data5 % 1) && !isNaN(data5))) && (isFinite(data5)))){
validate10.errors = [{instancePath:instancePath+"/departureWeekday",schemaPath:"#/properties/departureWeekday/type",keyword:"type",params:{type: "integer"}}];
return false;
}
if(errors === _errs11){
if((typeof data5 == "number") && (isFinite(data5))){
if(data5 > 7 || isNaN(data5)){
validate10.errors = [{instancePath:instancePath+"/departureWeekday",schemaPath:"#/properties/departureWeekday/maximum",keyword:"maximum",params:{comparison: "<=", limit: 7}}];
return false;
}
else {
if(data5 < 1 || isNaN(data5)){
validate10.errors = [{instancePath:instancePath+"/departureWeekday",schemaPath:"#/properties/departureWeekday/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1}}];
return false;
}
}
}
}
var valid0 = _errs11 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.delayMinutes !== undefined){
let data6 = data.delayMinutes;
const _errs13 = errors;
if(!(((typeof data6 == "number") && (!(data6 % 1) && !isNaN(data6))) && (isFinite(data6)))){
validate10.errors = [{instancePath:instancePath+"/delayMinutes",schemaPath:"#/properties/delayMinutes/type",keyword:"type",params:{type: "integer"}}];
return false;
}
if(errors === _errs13){
if((typeof data6 == "number") && (isFinite(data6))){
if(data6 > 1440 || isNaN(data6)){
validate10.errors = [{instancePath:instancePath+"/delayMinutes",schemaPath:"#/properties/delayMinutes/maximum",keyword:"maximum",params:{comparison: "<=", limit: 1440}}];
return false;
}
else {
if(data6 < -180 || isNaN(data6)){
validate10.errors = [{instancePath:instancePath+"/delayMinutes",schemaPath:"#/properties/delayMinutes/minimum",keyword:"minimum",params:{comparison: ">=", limit: -180}}];
return false;
}
}
}
}
var valid0 = _errs13 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
else {
validate10.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}}];
return false;
}
}
validate10.errors = vErrors;
return errors === 0;
}
return exports.validate;
})(),
"prediction.late_arrival@v1": (() => {
const exports = {};
exports.validate = validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"prediction.late_arrival@v1","type":"object","required":["predictionId","modelVersion","moment","prediction","origin__iata","destination__iata"],"properties":{"predictionId":{"type":"string"},"modelVersion":{"type":"string"},"moment":{"type":"string","format":"date-time"},"prediction":{"type":"number"},"origin__iata":{"type":"string"},"destination__iata":{"type":"string"},"newest_origin":{"type":["string","null"],"format":"date-time"},"newest_destination":{"type":["string","null"],"format":"date-time"},"watermarks":{"type":["string","null"]},"modelRole":{"type":["string","null"],"enum":["champion","challenger","shadow",null]},"shadowOf":{"type":["string","null"]},"logWeight":{"type":["number","null"]},"viewAges":{"type":["string","null"]},"manifestHash":{"type":["string","null"]},"exampleReference":{"type":["string","null"]},"origin__flights_1h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"origin__mean_delay_1h":{"type":["number","null"]},"origin__late_share_1h":{"type":["number","null"]},"origin__flights_3h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"origin__mean_delay_3h":{"type":["number","null"]},"origin__late_share_3h":{"type":["number","null"]},"origin__flights_24h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"origin__mean_delay_24h":{"type":["number","null"]},"origin__late_share_24h":{"type":["number","null"]},"origin__flights_7d":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"origin__mean_delay_7d":{"type":["number","null"]},"origin__late_share_7d":{"type":["number","null"]},"origin__max_delay_24h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"origin__last_delay_7d":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__flights_1h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__mean_delay_1h":{"type":["number","null"]},"destination__late_share_1h":{"type":["number","null"]},"destination__flights_3h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__mean_delay_3h":{"type":["number","null"]},"destination__late_share_3h":{"type":["number","null"]},"destination__flights_24h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__mean_delay_24h":{"type":["number","null"]},"destination__late_share_24h":{"type":["number","null"]},"destination__flights_7d":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__mean_delay_7d":{"type":["number","null"]},"destination__late_share_7d":{"type":["number","null"]},"destination__max_delay_24h":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"destination__last_delay_7d":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"latitude":{"type":["number","null"]},"longitude":{"type":["number","null"]},"distance":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"hour":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991},"weekday":{"type":["integer","null"],"minimum":-9007199254740991,"maximum":9007199254740991}}};
const formats0 = formats["date-time"];

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
let vErrors = null;
let errors = 0;
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if(((((((data.predictionId === undefined) && (missing0 = "predictionId")) || ((data.modelVersion === undefined) && (missing0 = "modelVersion"))) || ((data.moment === undefined) && (missing0 = "moment"))) || ((data.prediction === undefined) && (missing0 = "prediction"))) || ((data.origin__iata === undefined) && (missing0 = "origin__iata"))) || ((data.destination__iata === undefined) && (missing0 = "destination__iata"))){
validate10.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0}}];
return false;
}
else {
if(data.predictionId !== undefined){
const _errs1 = errors;
if(typeof data.predictionId !== "string"){
validate10.errors = [{instancePath:instancePath+"/predictionId",schemaPath:"#/properties/predictionId/type",keyword:"type",params:{type: "string"}}];
return false;
}
var valid0 = _errs1 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.modelVersion !== undefined){
const _errs3 = errors;
if(typeof data.modelVersion !== "string"){
validate10.errors = [{instancePath:instancePath+"/modelVersion",schemaPath:"#/properties/modelVersion/type",keyword:"type",params:{type: "string"}}];
return false;
}
var valid0 = _errs3 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.moment !== undefined){
let data2 = data.moment;
const _errs5 = errors;
if(errors === _errs5){
if(errors === _errs5){
if(typeof data2 === "string"){
if(!(formats0(data2))){
validate10.errors = [{instancePath:instancePath+"/moment",schemaPath:"#/properties/moment/format",keyword:"format",params:{format: "date-time"}}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/moment",schemaPath:"#/properties/moment/type",keyword:"type",params:{type: "string"}}];
return false;
}
}
}
var valid0 = _errs5 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.prediction !== undefined){
let data3 = data.prediction;
const _errs7 = errors;
if(!((typeof data3 == "number") && (isFinite(data3)))){
validate10.errors = [{instancePath:instancePath+"/prediction",schemaPath:"#/properties/prediction/type",keyword:"type",params:{type: "number"}}];
return false;
}
var valid0 = _errs7 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__iata !== undefined){
const _errs9 = errors;
if(typeof data.origin__iata !== "string"){
validate10.errors = [{instancePath:instancePath+"/origin__iata",schemaPath:"#/properties/origin__iata/type",keyword:"type",params:{type: "string"}}];
return false;
}
var valid0 = _errs9 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__iata !== undefined){
const _errs11 = errors;
if(typeof data.destination__iata !== "string"){
validate10.errors = [{instancePath:instancePath+"/destination__iata",schemaPath:"#/properties/destination__iata/type",keyword:"type",params:{type: "string"}}];
return false;
}
var valid0 = _errs11 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.newest_origin !== undefined){
let data6 = data.newest_origin;
const _errs13 = errors;
if((typeof data6 !== "string") && (data6 !== null)){
validate10.errors = [{instancePath:instancePath+"/newest_origin",schemaPath:"#/properties/newest_origin/type",keyword:"type",params:{type: schema11.properties.newest_origin.type}}];
return false;
}
if(errors === _errs13){
if(errors === _errs13){
if(typeof data6 === "string"){
if(!(formats0(data6))){
validate10.errors = [{instancePath:instancePath+"/newest_origin",schemaPath:"#/properties/newest_origin/format",keyword:"format",params:{format: "date-time"}}];
return false;
}
}
}
}
var valid0 = _errs13 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.newest_destination !== undefined){
let data7 = data.newest_destination;
const _errs15 = errors;
if((typeof data7 !== "string") && (data7 !== null)){
validate10.errors = [{instancePath:instancePath+"/newest_destination",schemaPath:"#/properties/newest_destination/type",keyword:"type",params:{type: schema11.properties.newest_destination.type}}];
return false;
}
if(errors === _errs15){
if(errors === _errs15){
if(typeof data7 === "string"){
if(!(formats0(data7))){
validate10.errors = [{instancePath:instancePath+"/newest_destination",schemaPath:"#/properties/newest_destination/format",keyword:"format",params:{format: "date-time"}}];
return false;
}
}
}
}
var valid0 = _errs15 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.watermarks !== undefined){
let data8 = data.watermarks;
const _errs17 = errors;
if((typeof data8 !== "string") && (data8 !== null)){
validate10.errors = [{instancePath:instancePath+"/watermarks",schemaPath:"#/properties/watermarks/type",keyword:"type",params:{type: schema11.properties.watermarks.type}}];
return false;
}
var valid0 = _errs17 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.modelRole !== undefined){
let data9 = data.modelRole;
const _errs19 = errors;
if((typeof data9 !== "string") && (data9 !== null)){
validate10.errors = [{instancePath:instancePath+"/modelRole",schemaPath:"#/properties/modelRole/type",keyword:"type",params:{type: schema11.properties.modelRole.type}}];
return false;
}
if(!((((data9 === "champion") || (data9 === "challenger")) || (data9 === "shadow")) || (data9 === null))){
validate10.errors = [{instancePath:instancePath+"/modelRole",schemaPath:"#/properties/modelRole/enum",keyword:"enum",params:{allowedValues: schema11.properties.modelRole.enum}}];
return false;
}
var valid0 = _errs19 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.shadowOf !== undefined){
let data10 = data.shadowOf;
const _errs21 = errors;
if((typeof data10 !== "string") && (data10 !== null)){
validate10.errors = [{instancePath:instancePath+"/shadowOf",schemaPath:"#/properties/shadowOf/type",keyword:"type",params:{type: schema11.properties.shadowOf.type}}];
return false;
}
var valid0 = _errs21 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.logWeight !== undefined){
let data11 = data.logWeight;
const _errs23 = errors;
if((!((typeof data11 == "number") && (isFinite(data11)))) && (data11 !== null)){
validate10.errors = [{instancePath:instancePath+"/logWeight",schemaPath:"#/properties/logWeight/type",keyword:"type",params:{type: schema11.properties.logWeight.type}}];
return false;
}
var valid0 = _errs23 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.viewAges !== undefined){
let data12 = data.viewAges;
const _errs25 = errors;
if((typeof data12 !== "string") && (data12 !== null)){
validate10.errors = [{instancePath:instancePath+"/viewAges",schemaPath:"#/properties/viewAges/type",keyword:"type",params:{type: schema11.properties.viewAges.type}}];
return false;
}
var valid0 = _errs25 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.manifestHash !== undefined){
let data13 = data.manifestHash;
const _errs27 = errors;
if((typeof data13 !== "string") && (data13 !== null)){
validate10.errors = [{instancePath:instancePath+"/manifestHash",schemaPath:"#/properties/manifestHash/type",keyword:"type",params:{type: schema11.properties.manifestHash.type}}];
return false;
}
var valid0 = _errs27 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.exampleReference !== undefined){
let data14 = data.exampleReference;
const _errs29 = errors;
if((typeof data14 !== "string") && (data14 !== null)){
validate10.errors = [{instancePath:instancePath+"/exampleReference",schemaPath:"#/properties/exampleReference/type",keyword:"type",params:{type: schema11.properties.exampleReference.type}}];
return false;
}
var valid0 = _errs29 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__flights_1h !== undefined){
let data15 = data.origin__flights_1h;
const _errs31 = errors;
if((!(((typeof data15 == "number") && (!(data15 % 1) && !isNaN(data15))) && (isFinite(data15)))) && (data15 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_1h",schemaPath:"#/properties/origin__flights_1h/type",keyword:"type",params:{type: schema11.properties.origin__flights_1h.type}}];
return false;
}
if(errors === _errs31){
if((typeof data15 == "number") && (isFinite(data15))){
if(data15 > 9007199254740991 || isNaN(data15)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_1h",schemaPath:"#/properties/origin__flights_1h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data15 < -9007199254740991 || isNaN(data15)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_1h",schemaPath:"#/properties/origin__flights_1h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs31 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__mean_delay_1h !== undefined){
let data16 = data.origin__mean_delay_1h;
const _errs33 = errors;
if((!((typeof data16 == "number") && (isFinite(data16)))) && (data16 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__mean_delay_1h",schemaPath:"#/properties/origin__mean_delay_1h/type",keyword:"type",params:{type: schema11.properties.origin__mean_delay_1h.type}}];
return false;
}
var valid0 = _errs33 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__late_share_1h !== undefined){
let data17 = data.origin__late_share_1h;
const _errs35 = errors;
if((!((typeof data17 == "number") && (isFinite(data17)))) && (data17 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__late_share_1h",schemaPath:"#/properties/origin__late_share_1h/type",keyword:"type",params:{type: schema11.properties.origin__late_share_1h.type}}];
return false;
}
var valid0 = _errs35 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__flights_3h !== undefined){
let data18 = data.origin__flights_3h;
const _errs37 = errors;
if((!(((typeof data18 == "number") && (!(data18 % 1) && !isNaN(data18))) && (isFinite(data18)))) && (data18 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_3h",schemaPath:"#/properties/origin__flights_3h/type",keyword:"type",params:{type: schema11.properties.origin__flights_3h.type}}];
return false;
}
if(errors === _errs37){
if((typeof data18 == "number") && (isFinite(data18))){
if(data18 > 9007199254740991 || isNaN(data18)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_3h",schemaPath:"#/properties/origin__flights_3h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data18 < -9007199254740991 || isNaN(data18)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_3h",schemaPath:"#/properties/origin__flights_3h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs37 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__mean_delay_3h !== undefined){
let data19 = data.origin__mean_delay_3h;
const _errs39 = errors;
if((!((typeof data19 == "number") && (isFinite(data19)))) && (data19 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__mean_delay_3h",schemaPath:"#/properties/origin__mean_delay_3h/type",keyword:"type",params:{type: schema11.properties.origin__mean_delay_3h.type}}];
return false;
}
var valid0 = _errs39 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__late_share_3h !== undefined){
let data20 = data.origin__late_share_3h;
const _errs41 = errors;
if((!((typeof data20 == "number") && (isFinite(data20)))) && (data20 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__late_share_3h",schemaPath:"#/properties/origin__late_share_3h/type",keyword:"type",params:{type: schema11.properties.origin__late_share_3h.type}}];
return false;
}
var valid0 = _errs41 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__flights_24h !== undefined){
let data21 = data.origin__flights_24h;
const _errs43 = errors;
if((!(((typeof data21 == "number") && (!(data21 % 1) && !isNaN(data21))) && (isFinite(data21)))) && (data21 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_24h",schemaPath:"#/properties/origin__flights_24h/type",keyword:"type",params:{type: schema11.properties.origin__flights_24h.type}}];
return false;
}
if(errors === _errs43){
if((typeof data21 == "number") && (isFinite(data21))){
if(data21 > 9007199254740991 || isNaN(data21)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_24h",schemaPath:"#/properties/origin__flights_24h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data21 < -9007199254740991 || isNaN(data21)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_24h",schemaPath:"#/properties/origin__flights_24h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs43 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__mean_delay_24h !== undefined){
let data22 = data.origin__mean_delay_24h;
const _errs45 = errors;
if((!((typeof data22 == "number") && (isFinite(data22)))) && (data22 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__mean_delay_24h",schemaPath:"#/properties/origin__mean_delay_24h/type",keyword:"type",params:{type: schema11.properties.origin__mean_delay_24h.type}}];
return false;
}
var valid0 = _errs45 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__late_share_24h !== undefined){
let data23 = data.origin__late_share_24h;
const _errs47 = errors;
if((!((typeof data23 == "number") && (isFinite(data23)))) && (data23 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__late_share_24h",schemaPath:"#/properties/origin__late_share_24h/type",keyword:"type",params:{type: schema11.properties.origin__late_share_24h.type}}];
return false;
}
var valid0 = _errs47 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__flights_7d !== undefined){
let data24 = data.origin__flights_7d;
const _errs49 = errors;
if((!(((typeof data24 == "number") && (!(data24 % 1) && !isNaN(data24))) && (isFinite(data24)))) && (data24 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_7d",schemaPath:"#/properties/origin__flights_7d/type",keyword:"type",params:{type: schema11.properties.origin__flights_7d.type}}];
return false;
}
if(errors === _errs49){
if((typeof data24 == "number") && (isFinite(data24))){
if(data24 > 9007199254740991 || isNaN(data24)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_7d",schemaPath:"#/properties/origin__flights_7d/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data24 < -9007199254740991 || isNaN(data24)){
validate10.errors = [{instancePath:instancePath+"/origin__flights_7d",schemaPath:"#/properties/origin__flights_7d/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs49 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__mean_delay_7d !== undefined){
let data25 = data.origin__mean_delay_7d;
const _errs51 = errors;
if((!((typeof data25 == "number") && (isFinite(data25)))) && (data25 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__mean_delay_7d",schemaPath:"#/properties/origin__mean_delay_7d/type",keyword:"type",params:{type: schema11.properties.origin__mean_delay_7d.type}}];
return false;
}
var valid0 = _errs51 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__late_share_7d !== undefined){
let data26 = data.origin__late_share_7d;
const _errs53 = errors;
if((!((typeof data26 == "number") && (isFinite(data26)))) && (data26 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__late_share_7d",schemaPath:"#/properties/origin__late_share_7d/type",keyword:"type",params:{type: schema11.properties.origin__late_share_7d.type}}];
return false;
}
var valid0 = _errs53 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__max_delay_24h !== undefined){
let data27 = data.origin__max_delay_24h;
const _errs55 = errors;
if((!(((typeof data27 == "number") && (!(data27 % 1) && !isNaN(data27))) && (isFinite(data27)))) && (data27 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__max_delay_24h",schemaPath:"#/properties/origin__max_delay_24h/type",keyword:"type",params:{type: schema11.properties.origin__max_delay_24h.type}}];
return false;
}
if(errors === _errs55){
if((typeof data27 == "number") && (isFinite(data27))){
if(data27 > 9007199254740991 || isNaN(data27)){
validate10.errors = [{instancePath:instancePath+"/origin__max_delay_24h",schemaPath:"#/properties/origin__max_delay_24h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data27 < -9007199254740991 || isNaN(data27)){
validate10.errors = [{instancePath:instancePath+"/origin__max_delay_24h",schemaPath:"#/properties/origin__max_delay_24h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs55 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.origin__last_delay_7d !== undefined){
let data28 = data.origin__last_delay_7d;
const _errs57 = errors;
if((!(((typeof data28 == "number") && (!(data28 % 1) && !isNaN(data28))) && (isFinite(data28)))) && (data28 !== null)){
validate10.errors = [{instancePath:instancePath+"/origin__last_delay_7d",schemaPath:"#/properties/origin__last_delay_7d/type",keyword:"type",params:{type: schema11.properties.origin__last_delay_7d.type}}];
return false;
}
if(errors === _errs57){
if((typeof data28 == "number") && (isFinite(data28))){
if(data28 > 9007199254740991 || isNaN(data28)){
validate10.errors = [{instancePath:instancePath+"/origin__last_delay_7d",schemaPath:"#/properties/origin__last_delay_7d/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data28 < -9007199254740991 || isNaN(data28)){
validate10.errors = [{instancePath:instancePath+"/origin__last_delay_7d",schemaPath:"#/properties/origin__last_delay_7d/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs57 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__flights_1h !== undefined){
let data29 = data.destination__flights_1h;
const _errs59 = errors;
if((!(((typeof data29 == "number") && (!(data29 % 1) && !isNaN(data29))) && (isFinite(data29)))) && (data29 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_1h",schemaPath:"#/properties/destination__flights_1h/type",keyword:"type",params:{type: schema11.properties.destination__flights_1h.type}}];
return false;
}
if(errors === _errs59){
if((typeof data29 == "number") && (isFinite(data29))){
if(data29 > 9007199254740991 || isNaN(data29)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_1h",schemaPath:"#/properties/destination__flights_1h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data29 < -9007199254740991 || isNaN(data29)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_1h",schemaPath:"#/properties/destination__flights_1h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs59 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__mean_delay_1h !== undefined){
let data30 = data.destination__mean_delay_1h;
const _errs61 = errors;
if((!((typeof data30 == "number") && (isFinite(data30)))) && (data30 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__mean_delay_1h",schemaPath:"#/properties/destination__mean_delay_1h/type",keyword:"type",params:{type: schema11.properties.destination__mean_delay_1h.type}}];
return false;
}
var valid0 = _errs61 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__late_share_1h !== undefined){
let data31 = data.destination__late_share_1h;
const _errs63 = errors;
if((!((typeof data31 == "number") && (isFinite(data31)))) && (data31 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__late_share_1h",schemaPath:"#/properties/destination__late_share_1h/type",keyword:"type",params:{type: schema11.properties.destination__late_share_1h.type}}];
return false;
}
var valid0 = _errs63 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__flights_3h !== undefined){
let data32 = data.destination__flights_3h;
const _errs65 = errors;
if((!(((typeof data32 == "number") && (!(data32 % 1) && !isNaN(data32))) && (isFinite(data32)))) && (data32 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_3h",schemaPath:"#/properties/destination__flights_3h/type",keyword:"type",params:{type: schema11.properties.destination__flights_3h.type}}];
return false;
}
if(errors === _errs65){
if((typeof data32 == "number") && (isFinite(data32))){
if(data32 > 9007199254740991 || isNaN(data32)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_3h",schemaPath:"#/properties/destination__flights_3h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data32 < -9007199254740991 || isNaN(data32)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_3h",schemaPath:"#/properties/destination__flights_3h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs65 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__mean_delay_3h !== undefined){
let data33 = data.destination__mean_delay_3h;
const _errs67 = errors;
if((!((typeof data33 == "number") && (isFinite(data33)))) && (data33 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__mean_delay_3h",schemaPath:"#/properties/destination__mean_delay_3h/type",keyword:"type",params:{type: schema11.properties.destination__mean_delay_3h.type}}];
return false;
}
var valid0 = _errs67 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__late_share_3h !== undefined){
let data34 = data.destination__late_share_3h;
const _errs69 = errors;
if((!((typeof data34 == "number") && (isFinite(data34)))) && (data34 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__late_share_3h",schemaPath:"#/properties/destination__late_share_3h/type",keyword:"type",params:{type: schema11.properties.destination__late_share_3h.type}}];
return false;
}
var valid0 = _errs69 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__flights_24h !== undefined){
let data35 = data.destination__flights_24h;
const _errs71 = errors;
if((!(((typeof data35 == "number") && (!(data35 % 1) && !isNaN(data35))) && (isFinite(data35)))) && (data35 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_24h",schemaPath:"#/properties/destination__flights_24h/type",keyword:"type",params:{type: schema11.properties.destination__flights_24h.type}}];
return false;
}
if(errors === _errs71){
if((typeof data35 == "number") && (isFinite(data35))){
if(data35 > 9007199254740991 || isNaN(data35)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_24h",schemaPath:"#/properties/destination__flights_24h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data35 < -9007199254740991 || isNaN(data35)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_24h",schemaPath:"#/properties/destination__flights_24h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs71 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__mean_delay_24h !== undefined){
let data36 = data.destination__mean_delay_24h;
const _errs73 = errors;
if((!((typeof data36 == "number") && (isFinite(data36)))) && (data36 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__mean_delay_24h",schemaPath:"#/properties/destination__mean_delay_24h/type",keyword:"type",params:{type: schema11.properties.destination__mean_delay_24h.type}}];
return false;
}
var valid0 = _errs73 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__late_share_24h !== undefined){
let data37 = data.destination__late_share_24h;
const _errs75 = errors;
if((!((typeof data37 == "number") && (isFinite(data37)))) && (data37 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__late_share_24h",schemaPath:"#/properties/destination__late_share_24h/type",keyword:"type",params:{type: schema11.properties.destination__late_share_24h.type}}];
return false;
}
var valid0 = _errs75 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__flights_7d !== undefined){
let data38 = data.destination__flights_7d;
const _errs77 = errors;
if((!(((typeof data38 == "number") && (!(data38 % 1) && !isNaN(data38))) && (isFinite(data38)))) && (data38 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_7d",schemaPath:"#/properties/destination__flights_7d/type",keyword:"type",params:{type: schema11.properties.destination__flights_7d.type}}];
return false;
}
if(errors === _errs77){
if((typeof data38 == "number") && (isFinite(data38))){
if(data38 > 9007199254740991 || isNaN(data38)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_7d",schemaPath:"#/properties/destination__flights_7d/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data38 < -9007199254740991 || isNaN(data38)){
validate10.errors = [{instancePath:instancePath+"/destination__flights_7d",schemaPath:"#/properties/destination__flights_7d/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs77 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__mean_delay_7d !== undefined){
let data39 = data.destination__mean_delay_7d;
const _errs79 = errors;
if((!((typeof data39 == "number") && (isFinite(data39)))) && (data39 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__mean_delay_7d",schemaPath:"#/properties/destination__mean_delay_7d/type",keyword:"type",params:{type: schema11.properties.destination__mean_delay_7d.type}}];
return false;
}
var valid0 = _errs79 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__late_share_7d !== undefined){
let data40 = data.destination__late_share_7d;
const _errs81 = errors;
if((!((typeof data40 == "number") && (isFinite(data40)))) && (data40 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__late_share_7d",schemaPath:"#/properties/destination__late_share_7d/type",keyword:"type",params:{type: schema11.properties.destination__late_share_7d.type}}];
return false;
}
var valid0 = _errs81 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__max_delay_24h !== undefined){
let data41 = data.destination__max_delay_24h;
const _errs83 = errors;
if((!(((typeof data41 == "number") && (!(data41 % 1) && !isNaN(data41))) && (isFinite(data41)))) && (data41 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__max_delay_24h",schemaPath:"#/properties/destination__max_delay_24h/type",keyword:"type",params:{type: schema11.properties.destination__max_delay_24h.type}}];
return false;
}
if(errors === _errs83){
if((typeof data41 == "number") && (isFinite(data41))){
if(data41 > 9007199254740991 || isNaN(data41)){
validate10.errors = [{instancePath:instancePath+"/destination__max_delay_24h",schemaPath:"#/properties/destination__max_delay_24h/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data41 < -9007199254740991 || isNaN(data41)){
validate10.errors = [{instancePath:instancePath+"/destination__max_delay_24h",schemaPath:"#/properties/destination__max_delay_24h/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs83 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.destination__last_delay_7d !== undefined){
let data42 = data.destination__last_delay_7d;
const _errs85 = errors;
if((!(((typeof data42 == "number") && (!(data42 % 1) && !isNaN(data42))) && (isFinite(data42)))) && (data42 !== null)){
validate10.errors = [{instancePath:instancePath+"/destination__last_delay_7d",schemaPath:"#/properties/destination__last_delay_7d/type",keyword:"type",params:{type: schema11.properties.destination__last_delay_7d.type}}];
return false;
}
if(errors === _errs85){
if((typeof data42 == "number") && (isFinite(data42))){
if(data42 > 9007199254740991 || isNaN(data42)){
validate10.errors = [{instancePath:instancePath+"/destination__last_delay_7d",schemaPath:"#/properties/destination__last_delay_7d/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data42 < -9007199254740991 || isNaN(data42)){
validate10.errors = [{instancePath:instancePath+"/destination__last_delay_7d",schemaPath:"#/properties/destination__last_delay_7d/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs85 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.latitude !== undefined){
let data43 = data.latitude;
const _errs87 = errors;
if((!((typeof data43 == "number") && (isFinite(data43)))) && (data43 !== null)){
validate10.errors = [{instancePath:instancePath+"/latitude",schemaPath:"#/properties/latitude/type",keyword:"type",params:{type: schema11.properties.latitude.type}}];
return false;
}
var valid0 = _errs87 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.longitude !== undefined){
let data44 = data.longitude;
const _errs89 = errors;
if((!((typeof data44 == "number") && (isFinite(data44)))) && (data44 !== null)){
validate10.errors = [{instancePath:instancePath+"/longitude",schemaPath:"#/properties/longitude/type",keyword:"type",params:{type: schema11.properties.longitude.type}}];
return false;
}
var valid0 = _errs89 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.distance !== undefined){
let data45 = data.distance;
const _errs91 = errors;
if((!(((typeof data45 == "number") && (!(data45 % 1) && !isNaN(data45))) && (isFinite(data45)))) && (data45 !== null)){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/type",keyword:"type",params:{type: schema11.properties.distance.type}}];
return false;
}
if(errors === _errs91){
if((typeof data45 == "number") && (isFinite(data45))){
if(data45 > 9007199254740991 || isNaN(data45)){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data45 < -9007199254740991 || isNaN(data45)){
validate10.errors = [{instancePath:instancePath+"/distance",schemaPath:"#/properties/distance/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs91 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.hour !== undefined){
let data46 = data.hour;
const _errs93 = errors;
if((!(((typeof data46 == "number") && (!(data46 % 1) && !isNaN(data46))) && (isFinite(data46)))) && (data46 !== null)){
validate10.errors = [{instancePath:instancePath+"/hour",schemaPath:"#/properties/hour/type",keyword:"type",params:{type: schema11.properties.hour.type}}];
return false;
}
if(errors === _errs93){
if((typeof data46 == "number") && (isFinite(data46))){
if(data46 > 9007199254740991 || isNaN(data46)){
validate10.errors = [{instancePath:instancePath+"/hour",schemaPath:"#/properties/hour/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data46 < -9007199254740991 || isNaN(data46)){
validate10.errors = [{instancePath:instancePath+"/hour",schemaPath:"#/properties/hour/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs93 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.weekday !== undefined){
let data47 = data.weekday;
const _errs95 = errors;
if((!(((typeof data47 == "number") && (!(data47 % 1) && !isNaN(data47))) && (isFinite(data47)))) && (data47 !== null)){
validate10.errors = [{instancePath:instancePath+"/weekday",schemaPath:"#/properties/weekday/type",keyword:"type",params:{type: schema11.properties.weekday.type}}];
return false;
}
if(errors === _errs95){
if((typeof data47 == "number") && (isFinite(data47))){
if(data47 > 9007199254740991 || isNaN(data47)){
validate10.errors = [{instancePath:instancePath+"/weekday",schemaPath:"#/properties/weekday/maximum",keyword:"maximum",params:{comparison: "<=", limit: 9007199254740991}}];
return false;
}
else {
if(data47 < -9007199254740991 || isNaN(data47)){
validate10.errors = [{instancePath:instancePath+"/weekday",schemaPath:"#/properties/weekday/minimum",keyword:"minimum",params:{comparison: ">=", limit: -9007199254740991}}];
return false;
}
}
}
}
var valid0 = _errs95 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate10.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"}}];
return false;
}
}
validate10.errors = vErrors;
return errors === 0;
}
return exports.validate;
})(),
});

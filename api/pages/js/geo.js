/** Where a place is, for the phone's own map app: `geo:` takes WGS-84 (RFC 5870), cameras may be given in GCJ-02. */

const A = 6378245; // Krasovsky 1940, on which GCJ-02's shift is computed
const E2 = 0.006693421622965943;
const RAD = Math.PI / 180;

/** [lon, lat] in GCJ-02 of a WGS-84 point, degrees. Outside China the two agree. */
export function toGcj02(lon, lat) {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
  const [x, y] = [lon - 105, lat - 35];
  const wave = 20 * (Math.sin(6 * Math.PI * x) + Math.sin(2 * Math.PI * x));
  const ripple = (v, [a, b, c, d]) => (a * Math.sin(Math.PI * v) + b * Math.sin((Math.PI * v) / 3) + c * Math.sin((Math.PI * v) / 12) + d * Math.sin((Math.PI * v) / 30));
  const dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x))
    + (2 / 3) * (wave + ripple(y, [20, 40, 160, 320]));
  const dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x))
    + (2 / 3) * (wave + ripple(x, [20, 40, 150, 300]));
  const magic = 1 - E2 * Math.sin(lat * RAD) ** 2;
  const metres_lat = (A * (1 - E2)) / (magic * Math.sqrt(magic));
  const metres_lon = (A / Math.sqrt(magic)) * Math.cos(lat * RAD);
  return [lon + dLon / (metres_lon * RAD), lat + dLat / (metres_lat * RAD)];
}

/** [lon, lat] in WGS-84 of a GCJ-02 point, by iteration to under a centimetre. */
export function fromGcj02(lon, lat) {
  let [x, y] = [lon, lat];
  for (let i = 0; i < 6; i++) {
    const [gx, gy] = toGcj02(x, y);
    [x, y] = [x + lon - gx, y + lat - gy];
  }
  return [x, y];
}

/** A link that opens the phone's map at the ticket's place; null where it has no coordinates. CGCS2000 is WGS-84 here. */
export function geoLink({ lon, lat, datum }) {
  if (typeof lon !== "number" || typeof lat !== "number") return null;
  const [x, y] = datum === "GCJ-02" ? fromGcj02(lon, lat) : [lon, lat];
  return `geo:${y.toFixed(6)},${x.toFixed(6)}`;
}

/** Polygons as lists of [x, y] in 0..1 of a picture. */

export const inside = (value) => Math.min(1, Math.max(0, Math.round(value * 1000) / 1000));

/** Whether no two edges cross or touch, as the server demands of a zone. */
export function isSimple(corners) {
  const edges = corners.map((corner, i) => [corner, corners[(i + 1) % corners.length]]);
  return edges.every((edge, i) => edges.every((other, j) => {
    const apart = Math.min((i - j + edges.length) % edges.length, (j - i + edges.length) % edges.length);
    return apart < 2 || !cross(...edge, ...other);
  })) && Math.abs(area(corners)) > 1e-5;
}

/** A point well within the box of the corners: where a name is written. */
export function middle(corners) {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

const area = (corners) => corners.reduce((sum, [x, y], i) => {
  const [x2, y2] = corners[(i + 1) % corners.length];
  return sum + (x * y2 - x2 * y) / 2;
}, 0);

const side = ([ax, ay], [bx, by], [px, py]) => Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

function cross(a, b, c, d) {
  const [c1, d1, a1, b1] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (c1 !== d1 && a1 !== b1) return true;
  return c1 === 0 && d1 === 0 && Math.max(Math.min(a[0], b[0]), Math.min(c[0], d[0])) <= Math.min(Math.max(a[0], b[0]), Math.max(c[0], d[0])) &&
    Math.max(Math.min(a[1], b[1]), Math.min(c[1], d[1])) <= Math.min(Math.max(a[1], b[1]), Math.max(c[1], d[1]));
}

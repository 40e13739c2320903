/** A photo from the phone's camera, made small on the phone: fewer bytes to send, and nothing but pixels (no EXIF place). */

const LONGEST_PX = 1600;
const QUALITY = 0.85;

/** Answers {base64, url, width, height} of the picture as it will be sent. Raises where the file is no picture. */
export async function shrunk(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return { base64: toBase64(new Uint8Array(await blob.arrayBuffer())), url: URL.createObjectURL(blob), width: canvas.width, height: canvas.height };
}

/** A photo that was kept as base64, to be shown again. */
export async function kept(base64) {
  const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  bitmap.close();
  return { base64, url: URL.createObjectURL(blob), width, height };
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

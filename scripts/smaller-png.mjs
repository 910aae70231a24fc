// A screenshot as a PNG of at most 256 colours: text and lines need no more, and it is a third of the size.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const MAX_COLOURS = 256;

function chunksOf(png) {
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

/** Undoes the filters of PNG (ISO/IEC 15948 §9). */
function unfiltered(raw, width, height, bytesAPixel) {
  const row = width * bytesAPixel;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x++) {
      const left = x < bytesAPixel ? 0 : pixels[y * row + x - bytesAPixel];
      const up = y === 0 ? 0 : pixels[(y - 1) * row + x];
      const corner = x < bytesAPixel || y === 0 ? 0 : pixels[(y - 1) * row + x - bytesAPixel];
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      pixels[y * row + x] = raw[y * (row + 1) + 1 + x] + guess;
    }
  }
  return pixels;
}

function nearest(palette, colour) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, known] of palette.entries()) {
    const red = (known >> 16) - (colour >> 16);
    const green = ((known >> 8) & 255) - ((colour >> 8) & 255);
    const blue = (known & 255) - (colour & 255);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

/** The most frequent colours of each cell of a coarse cube first, then the most frequent of all: no hue is lost. */
function paletteOf(counts) {
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const cells = new Map();
  for (const colour of byCount) {
    const cell = colour & 0xe0e0e0;
    if (!cells.has(cell)) cells.set(cell, colour);
  }
  return [...new Set([...byCount.slice(0, 128), ...cells.values(), ...byCount])].slice(0, MAX_COLOURS);
}

export function smallerPng(png) {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === "IHDR").data;
  const [width, height, bits, kind] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]];
  const bytesAPixel = { 2: 3, 6: 4 }[kind];
  if (bits !== 8 || bytesAPixel === undefined) return png;
  const packed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data));
  const pixels = unfiltered(inflateSync(packed), width, height, bytesAPixel);
  const colours = new Uint32Array(width * height);
  const counts = new Map();
  for (const index of colours.keys()) {
    const colour = pixels.readUIntBE(index * bytesAPixel, 3);
    colours[index] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const places = new Map(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [index, colour] of colours.entries()) {
    if (!places.has(colour)) places.set(colour, nearest(palette, colour));
    rows[index + Math.floor(index / width) + 1] = places.get(colour);
  }
  const newHeader = Buffer.from(header);
  newHeader[9] = 3;
  const table = Buffer.alloc(palette.length * 3);
  for (const [index, colour] of palette.entries()) table.writeUIntBE(colour, index * 3, 3);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", newHeader),
    chunk("PLTE", table),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

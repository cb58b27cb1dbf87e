import { type BytePiece, bytePiece } from "./byte-piece.js";
import type { DeviceFinder } from "./device-finder.js";
import type { LineForm } from "./line-form.js";

/** A line's bytes around its device's name and its time; `K` says what such lines mean. */
export type LineShape<K> = {
  readonly kind: K;
  /** Of the product that `beforeName` names. */
  readonly finder: DeviceFinder;
  readonly beforeName: BytePiece;
  /** Null where the topic does not name the device. */
  readonly beforeSecondName: BytePiece | null;
  readonly beforeTime: BytePiece;
  readonly tail: BytePiece;
};

/** Bytes of a shape, at most; a longer line holds a long payload and is not recognised. */
const LONGEST_SHAPE = 8_192;

/** The shape of a form, or null where it has none. */
export const shapeOf = <K>(form: LineForm, finder: DeviceFinder, kind: K): LineShape<K> | null => {
  const beforeName = bytePiece(form.beforeName);
  const beforeSecondName = form.beforeSecondName === null ? null : bytePiece(form.beforeSecondName);
  const beforeTime = bytePiece(form.beforeTime);
  const tail = bytePiece(form.tail);
  if (beforeName === null || beforeTime === null || tail === null) return null;
  if (form.beforeSecondName !== null && beforeSecondName === null) return null;
  const length = beforeName.length + (beforeSecondName?.length ?? 0) + beforeTime.length + tail.length;
  return length > LONGEST_SHAPE ? null : { kind, finder, beforeName, beforeSecondName, beforeTime, tail };
};

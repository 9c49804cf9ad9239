/** Text of others: what a caller sends as a name may hold signs that are not seen, or that turn what stands beside them. */

const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Return a text with such signs made seen. */
export function clean(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

/** Return an answer of the API with every text in it cleaned; what is no text stays as it is. */
export function cleaned<T>(value: T): T {
  if (typeof value === "string") return clean(value) as T;
  if (Array.isArray(value)) return value.map(cleaned) as T;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cleaned(one as unknown)])) as T;
  }
  return value;
}

/** Somebody else's decoder of EMVCo's codes. */
declare module 'emvqr' {
  /** Fields by their two digits; of a template `data` has those in it. @throws where the checksum is wrong */
  export function decode(code: string): Record<string, { data: unknown } | undefined>
}

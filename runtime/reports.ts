/**
 * How the runtime speaks up: process warnings, which every Node program shows on stderr unless told
 * otherwise, and which a program can listen for and tell apart by their code.
 */

export type WarningCode =
  | 'ANYSPEED_DEADLOCK'
  | 'ANYSPEED_STALLED'
  | 'ANYSPEED_STALL_ENDED'
  | 'ANYSPEED_STOOD_ASIDE';

export function warn(code: WarningCode, message: string, detail: string): void {
  process.emitWarning(message, { type: 'AnyspeedWarning', code, detail });
}

/** A client id as the marketplace portal shows it: the app's id, a dash, a suffix. */
export const CLIENT_ID = /^[A-Za-z0-9]{1,64}-[A-Za-z0-9]{1,64}$/;

/** A value of the `Version` header. */
export const VERSION = /^(v\d{1,3}|\d{4}-\d{2}-\d{2})$/;
/** What `mode` can be. */
export const MODES: readonly unknown[] = ['active', 'observe', 'off'];

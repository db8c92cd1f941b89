/** A client id as the marketplace portal shows it: the app's id, a dash, a suffix. */
export const CLIENT_ID = /^[A-Za-z0-9]{1,64}-[A-Za-z0-9]{1,64}$/;

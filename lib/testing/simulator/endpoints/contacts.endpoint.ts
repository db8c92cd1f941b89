import { type Call, refuse, refuseForeign } from '../call.js';
import type { RateLimiter } from '../rate-limiter.js';
import { json, type Reply } from '../wire.js';
import { authorize } from './authorize.js';

/** `GET POST /contacts/` and `GET PUT DELETE /contacts/:id`, of the token's location. */
export function contactsEndpoint(call: Call, limiter: RateLimiter): Reply {
  const { method, query } = call.request;
  const scope = method === 'GET' ? 'contacts.readonly' : 'contacts.write';
  const { token, refused } = authorize(call, limiter, { scope, userType: 'Location' });
  if (refused) return refused;
  const own = token.installation.locationId ?? '';
  const contacts = contactsOf(call, own);
  const [contactId] = call.params;

  if (contactId === undefined && method === 'GET') {
    const refusal = checkLocation(call, query.get('locationId') ?? undefined, own);
    if (refusal) return refusal;
    const limit = Number(query.get('limit') ?? 20);
    return json(200, { contacts: [...contacts.values()].slice(0, limit), meta: { total: contacts.size } });
  }
  if (method === 'GET' || method === 'DELETE') {
    const contact = contacts.get(contactId ?? '');
    if (!contact) return missing(call, contactId, own);
    if (method === 'GET') return json(200, { contact });
    contacts.delete(contactId ?? '');
    return json(200, { succeded: true });
  }
  if (call.fields === 'malformed') return refuse(call, 'malformedJson');
  const fields = call.fields ?? {};
  if (contactId === undefined) {
    const refusal = checkLocation(call, fields['locationId'], own);
    if (refusal) return refusal;
    const contact = { id: call.world.random.id(), ...fields };
    contacts.set(contact.id, contact);
    return json(201, { contact });
  }
  const contact = contacts.get(contactId);
  if (!contact) return missing(call, contactId, own);
  Object.assign(contact, fields, { id: contactId, locationId: own });
  return json(200, { succeded: true, contact });
}

function contactsOf(call: Call, locationId: string): Map<string, Record<string, unknown>> {
  const all = call.world.contacts;
  let contacts = all.get(locationId);
  if (!contacts) all.set(locationId, (contacts = new Map<string, Record<string, unknown>>()));
  return contacts;
}

function checkLocation(call: Call, locationId: unknown, own: string): Reply | undefined {
  if (typeof locationId !== 'string' || locationId === '')
    return refuse(call, 'validation', ['locationId should not be empty']);
  return locationId === own ? undefined : refuseForeign(call, 'noLocationAccess');
}

function missing(call: Call, contactId = '', own: string): Reply {
  const elsewhere = [...call.world.contacts].some(
    ([locationId, contacts]) => locationId !== own && contacts.has(contactId),
  );
  return elsewhere ? refuseForeign(call, 'noLocationAccess') : refuse(call, 'contactNotFound');
}

// Jest global teardown of the packaging project.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

export default function clean() {
  const packed = process.env.GHL_AUTH_PACKED;
  if (packed && !process.env.KEEP_PACKED) {
    rmSync(dirname(packed), { recursive: true, force: true });
  }
}

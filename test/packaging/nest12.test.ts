import { describeMatrix } from './support/matrix-suite.js';

await describeMatrix('nest12');

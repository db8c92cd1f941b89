// For `npx ghl-auth`, in this folder: the command works on the same store as the sample.
import { authOptions } from './dist/auth-options.js';
export default authOptions;

import type { Engine } from '../engine.js';
import type { ResealOptions, ResealReport } from '../sealing/record-sealer.js';

/** Looks after how tokens are sealed in the repository. */
export class SealingService {
  /** Made by the module. @internal */
  constructor(private readonly engine: Engine) {}

  /**
   * Seals anew every record of this app that is not sealed with the present key, and says when an older key can go. Records are sealed
   * as they are written anyway; this does the rest, without a pause for anybody. Stop it and run it again as you like: what is done
   * stays done. Several instances may run it at once; a run that is under way in this process is joined.
   * @throws {GhlAuthError} `GHL_STORE_FAILED`, `GHL_SEALING_FAILED`: what was done until then is done
   */
  async reseal(options: ResealOptions = {}): Promise<ResealReport> {
    return (await this.engine.sealer()).reseal(options);
  }
}

/**
 * A clock that jumps a day ahead and back again, every few seconds, for programs that are started with
 * `NODE_OPTIONS=--import=<this file>`. Timers go on evenly, as after a real jump.
 */
const dayMs = 86_400_000;
const everyMs = 3000;

const RealDate = Date;
let aheadMs = 0;
setInterval(() => {
  aheadMs = aheadMs > 0 ? -dayMs : dayMs;
}, everyMs).unref();

globalThis.Date = class extends RealDate {
  /** @param {[]} args */
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + aheadMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

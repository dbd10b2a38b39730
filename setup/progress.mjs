const everyMs = 10_000;

/**
 * Waits for something long, and says now and then how far it has come.
 * @template T
 * @param {Promise<T>} work
 * @param {() => string} howFar
 * @returns {Promise<T>}
 */
export async function withProgress(work, howFar) {
  const timer = setInterval(() => console.log(`  ${howFar()}`), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

// Keeps the newest of several responses about one state, where responses may overtake each other.

export class LatestWins {
  #sent = 0;
  #newest = 0;
  #changes = 0;
  #changed = 0;

  /**
   * Awaits a request that does not change the state.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if a newer response has arrived
   */
  async query(request) {
    const number = (this.#sent += 1);
    const response = await request;
    if (number < this.#newest) return undefined;
    this.#newest = number;
    return response;
  }

  /**
   * Awaits a request that changes the state and responds with it: every request sent before that
   * response is older.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if the response to a later change has arrived
   */
  async update(request) {
    const number = (this.#changes += 1);
    const response = await request;
    if (number < this.#changed) return undefined;
    this.#changed = number;
    this.#newest = this.#sent += 1;
    return response;
  }
}

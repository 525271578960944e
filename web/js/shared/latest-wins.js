// Keeps the newest of several responses about one state, where responses may overtake each other.

export class LatestWins {
  #asked = 0;
  #taken = 0;
  #changes = 0;
  #changed = 0;

  /**
   * Awaits a request that does not change the state.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if a newer response has arrived
   */
  async look(question) {
    const number = (this.#asked += 1);
    const answer = await question;
    if (number < this.#taken) return undefined;
    this.#taken = number;
    return answer;
  }

  /**
   * Awaits a request that changes the state and responds with it: every request sent before that response is older.
   * @template T @param {Promise<T>} request  sent just now
   * @returns {Promise<T | undefined>} undefined if the response to a later change has arrived
   */
  async change(question) {
    const number = (this.#changes += 1);
    const answer = await question;
    if (number < this.#changed) return undefined;
    this.#changed = number;
    this.#taken = this.#asked += 1;
    return answer;
  }
}

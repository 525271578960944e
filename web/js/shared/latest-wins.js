// MessageKey of several answers about one state is the newest, where answers may overtake one another.

export class LatestWins {
  #asked = 0;
  #taken = 0;
  #changes = 0;
  #changed = 0;

  /**
   * A question that changes nothing.
   * @template T @param {Promise<T>} question  asked just now
   * @returns {Promise<T | undefined>} nothing if what is known is newer
   */
  async look(question) {
    const number = (this.#asked += 1);
    const answer = await question;
    if (number < this.#taken) return undefined;
    this.#taken = number;
    return answer;
  }

  /**
   * One that changes the state and is answered with what came of it: whatever was asked before that answer is older.
   * @template T @param {Promise<T>} question  asked just now
   * @returns {Promise<T | undefined>} nothing if a later change was answered already
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

// A channel in Vue: a composable, and a component that uses it.

import { defineComponent, h, shallowRef, toValue, watchEffect, type MaybeRefOrGetter } from "vue";
import { connect, type Arrival, type Connection, type State } from "trilane";

/** Subscribes until the component is unmounted, and anew when the channel changes. */
export function useChannel(url: string, channel: MaybeRefOrGetter<string>) {
  const messages = shallowRef<Arrival[]>([]);
  const state = shallowRef<State>("connecting");
  let current: Connection;

  watchEffect((onCleanup) => {
    const connection = connect({ url, channel: toValue(channel) });
    current = connection;
    messages.value = [];
    connection.addEventListener("message", ({ detail }) => {
      messages.value = [...messages.value.slice(-99), detail];
    });
    connection.addEventListener("state", ({ detail }) => {
      state.value = detail.state;
    });
    onCleanup(() => connection.close());
  });

  return { messages, state, publish: (message: unknown) => current.publish(message) };
}

export const Channel = defineComponent({
  props: { url: { type: String, required: true }, channel: { type: String, required: true } },
  setup(props) {
    const { messages, state, publish } = useChannel(props.url, () => props.channel);
    return () => [
      h("p", { role: "status" }, state.value),
      h("button", { onClick: () => publish("hello") }, "Send"),
      h("ul", messages.value.map(({ id, message }) => h("li", { key: id }, JSON.stringify(message)))),
    ];
  },
});

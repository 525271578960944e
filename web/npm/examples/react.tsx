// A channel in React: a hook, and a component that uses it.

import { useEffect, useRef, useState } from "react";
import { connect, type Arrival, type Connection, type State } from "trilane";

/** Subscribes while the component is mounted. */
export function useChannel(url: string, channel: string) {
  const [messages, setMessages] = useState<Arrival[]>([]);
  const [state, setState] = useState<State>("connecting");
  const current = useRef<Connection>(null);

  useEffect(() => {
    const connection = connect({ url, channel });
    current.current = connection;
    setMessages([]);
    connection.addEventListener("message", ({ detail }) =>
      setMessages((before) => [...before.slice(-99), detail]),
    );
    connection.addEventListener("state", ({ detail }) => setState(detail.state));
    return () => connection.close();
  }, [url, channel]);

  return { messages, state, publish: (message: unknown) => current.current?.publish(message) };
}

export function Channel({ url, channel }: { url: string; channel: string }) {
  const { messages, state, publish } = useChannel(url, channel);
  return (
    <>
      <p role="status">{state}</p>
      <button onClick={() => publish("hello")}>Send</button>
      <ul>
        {messages.map(({ id, message }) => (
          <li key={id}>{JSON.stringify(message)}</li>
        ))}
      </ul>
    </>
  );
}

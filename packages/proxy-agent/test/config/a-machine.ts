/** The machine of an agent, as its settings is told of it. */
export const machine = {
  node: { name: "node-1", found: undefined },
  hasIPv6: true,
  addresses: new Set<string>(),
  socket: "/var/lib/fairway/haproxy.sock",
};

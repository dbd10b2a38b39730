/**
 * The document's third template, in our words: clients reach a redis primary and its replica through a proxy that
 * stands on every node, also from the server's own node. Same services, labels, settings and links.
 */
export const redisThroughProxy = {
  lb: {
    labels: {
      "aliyun.custom_addon": "proxy",
      "aliyun.global": "true",
      "aliyun.lb.port_6379": "tcp://proxy_test:6379",
      "aliyun.depends": "redis-master,redis-slave",
    },
    environment: {
      ADDITIONAL_SERVICES: "*",
      EXTRA_DEFAULT_SETTINGS: "log rsyslog local0,log global,option httplog",
      MODE: "tcp",
    },
    links: ["rsyslog:rsyslog"],
  },
  "redis-master": {
    labels: { "aliyun.proxy.TCP_PORTS": "6379", "aliyun.proxy.required": "true" },
    publish: ["6379/tcp"],
    command: ["redis-server"],
    links: [],
  },
  "redis-slave": {
    labels: {
      "aliyun.proxy.TCP_PORTS": "6379",
      "aliyun.proxy.required": "true",
      "aliyun.depends": "redis-master",
    },
    publish: ["6379/tcp"],
    command: ["redis-server", "--slaveof", "redis-master", "6379"],
    links: ["redis-master"],
  },
  "redis-client": {
    labels: { "aliyun.depends": "lb" },
    publish: [],
    /** Compose's `command` with `stdin_open`: it waits for input and answers what is typed. */
    command: ["redis-cli", "-h", "www.example.com"],
    links: ["lb:www.example.com"],
  },
} as const;

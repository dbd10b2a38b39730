/** Settings of a lab's proxy that leave to the addon what it says; what is empty counts as not set. */
export const byAddon = {
  ETCD_ENDPOINTS: "",
  ETCD_CA_FILE: "",
  ETCD_CERT_FILE: "",
  ETCD_KEY_FILE: "",
  ETCD_USERNAME: "",
  ETCD_PASSWORD_FILE: "",
  NODE_NAME: "",
  PROXY_NAME: "",
  VANTAGE: "",
  ADDITIONAL_SERVICES: "",
} as const;

import type { Template } from "../document/template.ts";

const proxyImage = /(^|\/)acs\/proxy([:@]|$)/;

/** What stands in place of acs/proxy. */
export const ownImage = "fairway/proxy-agent:latest";

/** Replaces acs/proxy by the proxy agent, which reads the same settings. */
export function replaceProxyImages(template: Template): void {
  for (const service of template.services()) {
    const image = service.get("image");
    if (typeof image !== "string" || !proxyImage.test(image)) continue;
    template.note(service.at("image"), `${service.name}: ${image} is now ${ownImage}`);
    service.set("image", ownImage);
  }
}

/** Whether a service is a proxy, whose clients are those of its own node. */
export function isProxyImage(image: unknown): boolean {
  return typeof image === "string" && (proxyImage.test(image) || image.startsWith("fairway/proxy-agent"));
}

import { type Document, isNode, type Node, visit } from "yaml";

/**
 * What is about to leave a document goes to those who refer to it: the first alias of an anchor becomes what it stands
 * for, and the others stand for that one.
 */
export function handOver(document: Document, leaving: unknown): void {
  if (!isNode(leaving)) return;
  visit(leaving, {
    Node: (_, node) => (anchorOf(node) !== undefined && replaceAlias(document, leaving, node) ? visit.SKIP : undefined),
  });
}

/** False where nothing that stays refers to the node. */
function replaceAlias(document: Document, leaving: Node, node: Node): boolean {
  let isDone = false;
  visit(document, {
    Node: (_, each) => (each === leaving ? visit.SKIP : undefined),
    Alias: (_, alias) => {
      if (isDone || alias.resolve(document) !== node) return undefined;
      isDone = true;
      return node;
    },
  });
  return isDone;
}

function anchorOf(node: Node): string | undefined {
  return "anchor" in node ? node.anchor : undefined;
}

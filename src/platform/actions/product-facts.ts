import type { Product } from "../device-table.js";

/** What `CreateProduct` and `QueryProduct` both answer about a product. */
export const productFacts = (product: Product) => ({
  ProductKey: product.productKey,
  ProductName: product.productName,
  ProductSecret: product.productSecret,
  NodeType: product.nodeType,
  DataFormat: 1,
  AuthType: "secret",
  ProtocolType: "",
  AliyunCommodityCode: "iothub_senior",
  Description: "",
});

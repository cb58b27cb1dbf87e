import type { Product } from "../device-table.js";

/** What `CreateProduct` and `QueryProduct` both answer about a product. Devices here are plain directly connected ones. */
export const productFacts = (product: Product) => ({
  ProductKey: product.productKey,
  ProductName: product.productName,
  ProductSecret: product.productSecret,
  NodeType: 0,
  DataFormat: 1,
  AuthType: "secret",
  ProtocolType: "",
  AliyunCommodityCode: "iothub_senior",
  Description: "",
});

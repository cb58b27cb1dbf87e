import { type Action, done } from "./action.js";
import { pageCount, pageOf, readPaging } from "./paging.js";

/** The products, newest first (recalled), a page at a time. [QueryProductList] */
export const queryProductList: Action = {
  required: ["CurrentPage", "PageSize"],
  run: (parameters, { broker: { devices, limits } }) => {
    const asked = readPaging(parameters, limits.productsPerPage);
    if ("refusal" in asked) return asked.refusal;
    const { paging } = asked;
    const products = [...devices.products.values()].reverse();
    const ProductInfo = pageOf(products, paging).map((product) => ({
      ProductKey: product.productKey,
      ProductName: product.productName,
      NodeType: product.nodeType,
      DataFormat: 1,
      DeviceCount: product.devices.size,
      GmtCreate: product.createdAt,
      AuthType: "secret",
      Description: "",
    }));
    return done({
      Data: {
        List: { ProductInfo },
        Total: products.length,
        PageCount: pageCount(products.length, paging),
        PageSize: paging.size,
        CurrentPage: paging.page,
      },
    });
  },
};

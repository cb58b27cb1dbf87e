import { IotbError } from "../domain/errors.js";
import { isLoopbackHost } from "../domain/target-host.js";

/**
 * Reads the API's address. Throws `usage` where it is no `https://` (or, on this machine, `http://`) address of a bare host:
 * over plain HTTP the message and the signature could be read and replayed on the way.
 */
export const parsePopEndpoint = (text: string): URL => {
  const refuse = (why: string, hint: string): IotbError => new IotbError("usage", `the API endpoint ${why}`, { hint });
  const example = "give it as https://iot.cn-shanghai.aliyuncs.com";
  if (!URL.canParse(text)) throw refuse("is not a URL", example);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refuse(`uses ${url.protocol}// and only https:// is spoken there`, example);
  if (url.username !== "" || url.password !== "") throw refuse("holds a user name or password", example);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw refuse(`has a path or query after ${url.host}`, example);
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname))
    throw refuse(`http://${url.host} is not encrypted and not on this machine`, `use https://${url.host}`);
  return url;
};

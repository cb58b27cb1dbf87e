/** Keys that the tests sign with, and that must never be seen in any error. */
export const POP_KEYS = {
  accessKeyId: "LTAI5tTestAccessKeyId00",
  accessKeySecret: "s3cr3t/Access+Key=Secret!'()*00",
  securityToken: "CAIStoken/with+odd==characters&more",
} as const;

/** Everything that an error shows or hides: message, hint, stack, JSON, own members, causes. */
export const everythingIn = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const members = Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]));
  return [String(error), error.stack, JSON.stringify(error), JSON.stringify(members), everythingIn(error.cause)].join(
    "\n",
  );
};

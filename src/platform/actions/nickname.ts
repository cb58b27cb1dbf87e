/** Whether a text can be a device's nickname: 4 to 64 characters. [RegisterDevice: Nickname] */
export const isNickname = (text: string): boolean => text.length >= 4 && text.length <= 64;

const stars = (count: number): string => "*".repeat(Math.max(count, 1));

/** One character of the name stays. */
export const maskedName = (name: string): string => [...name][0] + stars([...name].length - 1);

/** First and last character stay. */
export const maskedIdNumber = (idNumber: string): string =>
  idNumber.slice(0, 1) + stars(idNumber.length - 2) + idNumber.slice(-1);

/** 3 + 4 digits stay; of a shorter number, of which that would be nearly all, the last two. */
export const maskedPhone = (phone: string): string =>
  phone.length >= 11
    ? phone.slice(0, 3) + stars(phone.length - 7) + phone.slice(-4)
    : stars(phone.length - 2) + phone.slice(-2);

// Of the API: NewPassword.
const shortest = 12;
const longest = 1024;

export function passwordMistake(password: string): 'too_short' | 'too_long' | undefined {
  const length = [...password].length;
  if (length < shortest) return 'too_short';
  return length > longest ? 'too_long' : undefined;
}

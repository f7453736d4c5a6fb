// Words that the commonest passwords are made of. A short list of our own making: length does most of the work, and
// what remains at twelve characters and more are these, dressed with digits or said twice.

/** In lower case, without the digits and signs around them; what looks like another letter is written as that letter. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `password passwort passphrase motdepasse contrasena contrasenha senha wachtwoord parola parole haslo lozinka salasana
  passw pass pwd secret secrets geheim letmein letmeinnow letmeinplease iloveyou iloveyousomuch iloveu loveyou welcome
  welcomeback willkommen bienvenue bienvenido benvenuto admin administrator administrador root superuser sysadmin operator
  auditor approver user username login logon signin guest default changeme changemenow changeit changethis temporary temp
  test tester testing testtest example sample demo master masterkey computer internet server database oracle postgres
  microsoft google facebook linkedin amazon apple samsung android windows linux ubuntu debian docker kubernetes cisco
  openai chatgpt anthropic claude gemini gateway security secure trustno trustnoone nothing whatever qwerty qwertyuiop
  qwertz qwertzuiop azerty azertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm abc abcd abcdef monkey dragon sunshine princess
  football baseball basketball superman batman spiderman pokemon starwars michael jennifer jessica charlie daniel jordan
  ashley hunter killer shadow freedom forever flower hello world correcthorsebatterystaple january february march
  april may june july august september october november december monday tuesday wednesday thursday friday saturday
  sunday spring summer autumn fall winter company office business`.split(/\s+/),
);

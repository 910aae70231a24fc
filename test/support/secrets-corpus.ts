/**
 * Kinds of credentials, to be planted and looked for: by name, by the shape of the value, and by what stands beside it. Values are made
 * up, and put together here, so that no scanner takes this file for a leak.
 */

const list = (words: string) => words.trim().split(/\s+/);

/** Names under which any value is a credential, as programs write them. */
export const CREDENTIAL_NAMES: readonly string[] = list(`
password password1 Password2 PASSWORD passwd passwrd_pwd pwd userPwd pw user_pw passw pswd psw pword pass userPass user[pass] db_pass
passphrase pass_phrase passPhrase passcode pass-code pass_word password_confirmation passwordConfirmation confirm_password
new-password currentPassword old_password oldPasswd passwordHash password_digest encrypted_password hashedPassword
passwordSalt j_password wp_password rootPassword adminPassword DB_PASSWORD MYSQL_ROOT_PASSWORD PGPASSWORD pgpass
REDIS_PASSWORD smtp_password ftpPassword wifiPassword keystorePassword truststore_password ns:Password htpasswd
passwort kennwort motdepasse mot_de_passe contrasena contraseña senha parola wachtwoord
dbpass userpass loginpass upass mypass mdp clave hasło heslo jelszó salasana kayttajasalasana lösenord adgangskode şifre
kullanicisifresi kata_sandi resetHash activationHash jwe jws JWEs remember_me rememberMe wordpress_logged_in_a1b2c3d4
wordpress_sec_a1b2c3d4 private_pem privateKeyPem GH_PAT github_pat AZURE_DEVOPS_PAT blobSas storage_sas
x-forwarded-client-cert X-SSL-Client-Cert
пароль 密码 パスワード ｐａｓｓｗｏｒｄ
secret clientSecret client-secret CLIENT_SECRET app_secret appSecret sharedSecret consumer_secret webhookSecret
secret_key secretKey SECRET_KEY_BASE jwtSecret cookieSecret sessionSecret totpSecret secretAccessKey
AWS_SECRET_ACCESS_KEY aws_access_key_id AWSAccessKeyId AccessKeyId
token tokenValue token1 accessToken access_token ACCESS_TOKEN access-token refreshToken refresh_token id_token
idToken id_token_hint bearerToken authToken auth_token X-Auth-Token x-access-token apiToken api_token userToken
deviceToken pushToken fcmToken csrfToken csrf_token csrfmiddlewaretoken authenticity_token xsrfToken XSRF-TOKEN
__RequestVerificationToken remember_token rememberToken resetToken reset_password_token confirmationToken
invitationToken unsubscribeToken downloadToken uploadToken sasToken sas_token subject_token actor_token
logout_token oauth_token oauthTokenSecret oauth_token_secret registrationToken botToken GITHUB_TOKEN NPM_TOKEN
VAULT_TOKEN X-Vault-Token CI_JOB_TOKEN PRIVATE-TOKEN x-amz-security-token X-Amz-Security-Token LtpaToken2
SlackToken webToken paymentToken cardToken tokens refreshTokens sessionTokens CFTOKEN jwt JWTs idJwt
apiKey api_key apikey API_KEY api-key x-api-key XApiKey api.key apiKeyValue apiKeys x-rapidapi-key x-goog-api-key
accessKey access_key accountKey AccountKey account-key adminKey admin_key master_key masterKey privateKey
private_key PRIVATE_KEY privkey private_key_id sshKey ssh_key sshPrivateKey signingKey signing_secret encryptionKey
encryption_key decryptionKey validationKey machineKey sharedKey SharedAccessKey shared_access_key subscription_key
Ocp-Apim-Subscription-Key x-functions-key functionKey licenseKey license_key activationKey recoveryKey
recovery_key unlockKey deployKey deploy_key serviceKey service_key serverKey server_key appKey app_key consumerKey
writeKey write_key integrationKey webhookKey wallet_key hmacKey hmac presharedKey preshared_key pre_shared_key
sessionKey session_key storageKey vaultKey rsaKey aesKey aes_key pgpKey gpg_key id_rsa xprv mnemonic seedPhrase
seed_phrase recoveryPhrase recovery_phrase walletSeed passkey kubeconfig dockerconfigjson netrc connectionString
connection_string ConnectionStrings dsn SENTRY_DSN
authorization Authorization authorisation authorizationCode auth x-auth basicAuth basic_auth proxyAuthorization
authentication authenticationInfo credentials credential creds userCredentials aws_credentials X-Amz-Credential
oauth oauth_verifier oauth_signature oauth_nonce code_verifier codeVerifier code_challenge client_assertion
clientAssertion assertion SAMLResponse SAMLRequest SAMLart samlAssertion samlToken wresult signed_request dpop DPoP
nonce _wpnonce sig signature Signature X-Amz-Signature X-Hub-Signature-256 x-goog-signature openid.sig hmacDigest
sso ssoToken bearer x-wsse attestation
session sessionId session_id sessionID SESSIONID JSESSIONID JSESSIONIDSSO PHPSESSID ASP.NET_SessionId
ASPSESSIONIDQQAABBCC SMSESSION connect.sid koa.sess sails.sid sid SID HSID SAPISID APISID laravel_session
_rails_session _gitlab_session __Host-session __Secure-next-auth.session-token next-auth.csrf-token session_state
sessionCookie session_data .ASPXAUTH .AspNetCore.Cookies .AspNetCore.Antiforgery.x cookie Cookie cookies
set-cookie Set-Cookie setcookie CASTGC loginTicket login_ticket serviceTicket csrf _csrf xsrf antiforgery
otp otpCode otp_code smsOtp totp totpCode hotp mfaCode mfa_code mfaSecret twoFactorCode two_factor_code 2faCode
verificationCode verification_code verifyCode smsCode sms_code securityCode security_code loginCode login_code
backupCode backup_codes recoveryCode recovery_codes resetCode reset_code activationCode activation_code inviteCode
invite_code invitationCode accessCode access_code authCode auth_code device_code deviceCode user_code unlockCode
pairingCode magicCode magicLink magic_link resetLink pin userPin pinCode pin_code pinNumber pinHash cardPin cvv cvc cvv2
cardCvc securityAnswer security_answer secretAnswer memorableWord g-recaptcha-response h-captcha-response
cf-turnstile-response captchaResponse t%6Fken user%5Bpassword%5D users[0][password] passwords[0] credentials[user]
`);

/** Names that sound like one and are none: what stands under them is shown. */
export const ORDINARY_NAMES: readonly string[] = list(`
author authors authorId authority coauthor authored_by tokenize tokenizer tokenized keyboard keyboardLayout keyword
keywords monkey turkey donkey passenger passengers passport passage compass bypass surpass encompass description
descriptions descriptor design designer designation signal signals assign assigned assignee resign significant
signup signedAt secretary secretariat pinned opinion spinning shipping pinterest typing hopping cookiePolicy
obsession possession sessionCount session_count token_type tokenCount token_endpoint password_policy
passwordChangedAt password_changed_at passwordRequired accessTokenExpiresIn expires_in broken etag zipcode zipCode
zip_code postcode countryCode country_code statusCode status_code errorCode error_code currencyCode languageCode
productCode promoCode qrCode barcode codec encoder decoded primaryKey primary_key foreignKey foreign_key
partitionKey cacheKey routingKey objectKey sortOrder keys hotkey whiskey id name title email user username userId
first_name address city street phone price total amount quantity currency createdAt updatedAt statement state
status certificate digest checksum hash sha fingerprint salt seedling link links url uri path response request
answer string phrase word info verified isAuthenticated enabled version size page limit offset filter locale
espresso picasso inside residence tsunami classic sidecar consider president coastline robot pilot plot spot
cassette dossier password_strength_policy pat patName patient sas sasStatus sandi tgt tgt_lang conclave enclave claveProducto
resetAt resetCount activationDate commitHash loggedIn logged_in remember rememberedBy pem clientName cert certificates
`);

const DIGITS = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
const UPPER = DIGITS.toUpperCase();
/** `marker` and filler, `length` characters of [0-9a-f]. */
const hex = (marker: string, length: number) => (marker + DIGITS + DIGITS).slice(0, length);
const caps = (marker: string, length: number) => (marker.toUpperCase() + UPPER + UPPER).slice(0, length);

type Shape = readonly [kind: string, of: (marker: string) => string];

const prefixed = (prefix: string, length: number): Shape => [
  prefix,
  (marker) => prefix + hex(marker, length),
];

const begin = (what: string) => `-----BEGIN ${what}-----`;
const pem = (what: string): Shape => [
  `PEM ${what}`,
  (marker) => `${begin(what)}\n${hex(marker, 64)}\n${hex(marker, 20)}==\n-----END ${what}-----`,
];

/** Values that are credentials whatever they are called. */
export const CREDENTIAL_SHAPES: readonly Shape[] = [
  ["fig_", (marker) => `fig_0123456789ab_${hex(marker, 64)}`],
  ...list("ghp_ gho_ ghu_ ghs_ ghr_ npm_ hf_ nfp_ sbp_ rdme_ pnu_ gsk_").map((each) => prefixed(each, 36)),
  ...list("glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent-").map((each) => prefixed(each, 20)),
  ...list("xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxc- xoxd-").map(
    (prefix): Shape => [prefix, (marker) => `${prefix}123456789012-${hex(marker, 24)}`],
  ),
  ...list("sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ whsec_ rzp_live_ rzp_test_").map((each) =>
    prefixed(each, 24),
  ),
  ...list("AKIA ASIA AROA AIDA AGPA ABIA ACCA ANPA ANVA").map(
    (prefix): Shape => [prefix, (marker) => prefix + caps(marker, 16)],
  ),
  ...list(
    "shpat_ shpca_ shppa_ shpss_ dapi github_pat_ dop_v1_ doo_v1_ dor_v1_ rubygems_ lin_api_ pul- figd_",
  ).map((each) => prefixed(each, 40)),
  ...list(
    "sk-proj- sk-ant-api03- sk-or-v1- sk-lf- xai- pplx- r8_ glsa_ glc_ sgp_ ops_ ory_at_ tfp_ rnd_",
  ).map((each) => prefixed(each, 40)),
  ...list("hvs. hvb. dp.pt. dp.st. ya29. GOCSPX- AIza xapp-1- sq0atp- sq0csp- EAAA NRAK- PMAK- SG.").map(
    (each) => prefixed(each, 35),
  ),
  ...list(
    "dckr_pat_ CCIPAT_ CFPAT- CLOJARS_ ATATT3x ATBB AKCp LTAI aio_ pscale_tkn_ pscale_pw_ tskey-auth- sntrys_ sntryu_",
  ).map((each) => prefixed(each, 40)),
  ...list(
    "xkeysib- secret_ ntn_ pypi-AgEI AGE-SECRET-KEY-1 secret-token: sk- nvapi- lsv2_pt_ duffel_live_ FLWSECK-",
  ).map((each) => prefixed(each, 50)),
  ...list("tskey- fm2_ fo1_ vcp_ phx_ phs_ sb_secret_ essu_ re_ mfa. b.AAAAAQ pat-na1- pat-eu1-").map(
    (each) => prefixed(each, 43),
  ),
  ["Resend", (marker) => `re_${hex("", 8)}_${hex(marker, 24)}`],
  ["Fly", (marker) => `FlyV1 fm2_${hex(marker, 60)},fm2_${hex(marker, 40)}`],
  ["Airtable", (marker) => `pat${hex("", 14)}.${hex(marker, 64)}`],
  ["Vault, old", (marker) => `s.${hex(marker, 24)}`],
  ["Discord's bot", (marker) => `MTE${hex(marker, 23)}.${hex("", 6)}.${hex(marker, 38)}`],
  ["Discord's bot, N", (marker) => `N${hex("", 23)}.${hex("", 6)}.${hex(marker, 27)}`],
  ["phpass", (marker) => `$P$B${hex(marker, 30)}`],
  ["phpBB", (marker) => `$H$9${hex(marker, 30)}`],
  ["Drupal", (marker) => `$S$D${hex(marker, 51)}`],
  ["a ticket of CAS", (marker) => `TGT-1-${hex(marker, 40)}-cas01.example`],
  ...list("HRKU- bkua_").map((each) => prefixed(each, 40)),
  ["OpenAI, old", (marker) => `sk-${hex(marker, 48)}`],
  ["Twilio", (marker) => `SK${hex(marker, 32)}`],
  ["Twilio account", (marker) => `AC${hex(marker, 32)}`],
  ["Mailgun", (marker) => `key-${hex(marker, 32)}`],
  ["Mailchimp", (marker) => `${hex(marker, 32)}-us12`],
  ["Telegram", (marker) => `123456789:AA${hex(marker, 33)}`],
  ["Terraform", (marker) => `${hex(marker, 14)}.atlasv1.${hex(marker, 60)}`],
  ["Slack webhook", (marker) => `https://hooks.slack.com/services/T0000000/B0000000/${hex(marker, 24)}`],
  ["Discord webhook", (marker) => `https://discord.com/api/webhooks/123456789012345678/${hex(marker, 60)}`],
  ["JSON Web Token", (marker) => `eyJhbGciOiJIUzI1NiJ9.eyJ${hex(marker, 20)}.${hex(marker, 30)}`],
  ["encrypted web token", (marker) => `eyJhbGciOiJSU0EtT0FFUCJ9.${hex(marker, 20)}.a.b.c`],
  ["PASETO", (marker) => `v2.local.${hex(marker, 60)}`],
  ["PASETO, public", (marker) => `v4.public.${hex(marker, 60)}`],
  ["iron session", (marker) => `Fe26.2*1*${hex(marker, 60)}*a*b`],
  ["Express session", (marker) => `s:${hex(marker, 32)}.${hex(marker, 43)}`],
  ["bcrypt", (marker) => `$2b$12$${hex(marker, 53)}`],
  ["argon2", (marker) => `$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$${hex(marker, 43)}`],
  ["scrypt", (marker) => `$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$${hex(marker, 43)}`],
  ["sha512crypt", (marker) => `$6$saltsalt$${hex(marker, 60)}`],
  ["pbkdf2", (marker) => `pbkdf2_sha256$260000$saltsalt$${hex(marker, 43)}=`],
  ["LDAP hash", (marker) => `{SSHA}${hex(marker, 36)}`],
  ["otpauth", (marker) => `otpauth://totp/Shop:me?issuer=Shop&x=${hex(marker, 12)}`],
  ["Bearer", (marker) => `Bearer ${hex(marker, 12)}`],
  ["bearer, small", (marker) => `bearer ${hex(marker, 12)}`],
  ["Basic", (marker) => `Basic ${hex(marker, 16)}==`],
  ["Negotiate", (marker) => `Negotiate YII${hex(marker, 16)}`],
  ["GitHub's scheme", (marker) => `token ${hex(marker, 40)}`],
  ["ApiKey scheme", (marker) => `ApiKey ${hex(marker, 20)}`],
  ["a URL's user", (marker) => `http://user:${hex(marker, 12)}@h/x`],
  ["a database's user", (marker) => `postgres://app:${hex(marker, 12)}@db:5432/x`],
  ["a parameter of a URL", (marker) => `https://h/cb?a=1&access_token=${hex(marker, 12)}`],
  [
    "a parameter within a parameter",
    (marker) => `/login?next=${encodeURIComponent(`/cb?token=${hex(marker, 12)}`)}`,
  ],
  ["a signed URL", (marker) => `https://b.s3.example/x?X-Amz-Signature=${hex(marker, 64)}`],
  ["a shared-access URL", (marker) => `https://a.blob.example/x?sv=2020&sig=${hex(marker, 40)}%3D`],
  ["a connection string", (marker) => `Server=db;User Id=sa;Password=${hex(marker, 12)};Timeout=5`],
  [
    "an account's key",
    (marker) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${hex(marker, 40)}==`,
  ],
  ["a reset link", (marker) => `https://h/reset-password/${hex(marker, 32)}`],
  ["a session in a path", (marker) => `/x/session/${hex(marker, 32)}/y`],
  ["Private key in base64", (marker) => `MIIEvQIBADANBgkqhkiG${hex(marker, 80)}`],
  ["PuTTY's key", (marker) => `PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n${hex(marker, 64)}`],
  ...list("RSA DSA EC OPENSSH ENCRYPTED").map((each) => pem(`${each} PRIVATE KEY`)),
  ...["PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "CERTIFICATE", "SSH2 ENCRYPTED PRIVATE KEY"].map(pem),
];

/** JSON in which what stands beside a value makes it a credential. */
export const CREDENTIAL_NEIGHBOURS: readonly (readonly [kind: string, of: (marker: string) => unknown])[] = [
  ["name, value", (value) => ({ name: "password", value })],
  ["value, name", (value) => ({ value, name: "password" })],
  ["key, value", (value) => ({ key: "api_key", value })],
  ["Key, Value", (value) => ({ Key: "ClientSecret", Value: value })],
  ["field, content", (value) => ({ field: "accessToken", content: value })],
  ["id, default", (value) => ({ id: "user_password", type: "text", default: value })],
  ["header, text", (value) => ({ header: "Authorization", text: value })],
  ["k, v", (value) => ({ k: "sessionid", v: value })],
  ["name, list", (value) => ({ name: "cookie", values: [value] })],
  ["name, object", (value) => ({ name: "password", value: { raw: value } })],
  [
    "a list of fields",
    (value) => ({
      fields: [
        { name: "a", value: "b" },
        { name: "passcode", value },
      ],
    }),
  ],
  ["a pair", (value) => ["password", value]],
  ["raw headers", (value) => ["accept", "a", "authorization", value]],
  [
    "entries",
    (value) => [
      ["a", "b"],
      ["x-api-key", value],
    ],
  ],
  ["a private JSON Web Key", (value) => ({ kty: "EC", x: "a", d: value })],
  ["a symmetric JSON Web Key", (value) => ({ kty: "oct", k: value })],
  ["JSON in JSON", (value) => ({ body: JSON.stringify({ a: 1, password: value }) })],
  [
    "JSON in JSON in JSON",
    (value) => ({ body: JSON.stringify({ b: JSON.stringify({ token: value, c: 1 }) }) }),
  ],
  ["neighbours in JSON in JSON", (value) => ({ body: JSON.stringify({ name: "password", value }) })],
  ["a list in JSON in JSON", (value) => ({ body: JSON.stringify({ passwords: ["a", value] }) })],
  [
    "an object in JSON in JSON",
    (value) => ({ body: JSON.stringify({ credentials: { user: "a", x: value } }) }),
  ],
  ["escaped JSON", (value) => ({ body: JSON.stringify({ password: value }).replaceAll('"', "\\u0022") })],
  ["a page in JSON", (value) => ({ html: `<input type="hidden" id="x" name="csrf" value="${value}">` })],
  ["JSON in an attribute", (value) => ({ html: `<div data-x="{&quot;token&quot;:&quot;${value}&quot;}">` })],
  ["XML in JSON", (value) => ({ xml: `<a><Password>${value}</Password></a>` })],
  ["CDATA", (value) => ({ xml: `<a><secret><![CDATA[${value}]]></secret></a>` })],
  ["an attribute", (value) => ({ xml: `<user name="a" password="${value}"/>` })],
  ["a property", (value) => ({ xml: `<property name="password" value="${value}"/>` })],
  ["an entry", (value) => ({ xml: `<entry key="api_key">${value}</entry>` })],
  ["name and value elements", (value) => ({ xml: `<name>password</name><value>${value}</value>` })],
  ["a property list", (value) => ({ xml: `<key>AccessToken</key>\n<string>${value}</string>` })],
  ["a definition list", (value) => ({ html: `<dt>Password</dt><dd>${value}</dd>` })],
  ["a nested element", (value) => ({ xml: `<credentials><user>a</user><x>${value}</x></credentials>` })],
  ["a form in JSON", (value) => ({ form: `a=1&password=${value}&b=2` })],
  ["a form of pairs", (value) => ({ form: `name=password&value=${value}` })],
  ["an encoded form", (value) => ({ form: encodeURIComponent(`a=1&password=${value}`) })],
  [
    "multipart",
    (value) => ({ form: `--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${value}\r\n--x--` }),
  ],
  ["YAML", (value) => ({ yaml: `a: b\npassword: correct horse ${value}\nc: d` })],
  ["a shell's variable", (value) => ({ env: `export DB_PASSWORD='${value}'` })],
  ["a hash of Ruby", (value) => ({ text: `{:password=>"${value}", :a=>1}` })],
  ["a dict of Python", (value) => ({ text: `{'password': '${value}', 'a': 1}` })],
  ["words", (value) => ({ text: `API key: ${value}` })],
  [
    "a header in a text",
    (value) => ({ text: `GET / HTTP/1.1\r\nAuthorization: Custom a b ${value}\r\nx: y` }),
  ],
  ["a cookie in a text", (value) => ({ text: `theme=dark; connect.sid=s%3A${value}; path=/` })],
  ["under a credential", (value) => ({ credentials: { user: { x: [1, { y: value }] } } })],
  ["a name under a credential", (value) => ({ tokens: { [value]: { used: true } } })],
  ["repeated", (value) => ({ a: [{ b: { name: "token", value } }] })],
];

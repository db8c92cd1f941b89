import type { Randomness } from '../randomness.js';
import type { OlderTokens } from '../settings.js';
import type { AuthorizationCode, IssuedToken } from './credentials.js';
import type { SimulatedInstallation } from './installation.js';
import { makeTokenValue } from './token-value.js';

/** Every token and code of this run, and every other secret, by value. */
export class Vault {
  private readonly tokens = new Map<string, IssuedToken>();
  private readonly codes = new Map<string, AuthorizationCode>();
  private readonly strangers = new Map<string, string>();
  private readonly otherSecrets = new Set<string>();
  private counter = 0;

  constructor(private readonly random: Randomness) {}

  issueToken(token: Omit<IssuedToken, 'id' | 'value' | 'publicId' | 'killed'>): IssuedToken {
    const issued: IssuedToken = {
      ...token,
      id: `${token.kind}#${++this.counter}`,
      value: makeTokenValue(token, this.random),
      publicId: this.random.hex(24),
      killed: false,
    };
    this.tokens.set(issued.value, issued);
    token.installation.tokens.push(issued);
    return issued;
  }

  issueCode(code: Omit<AuthorizationCode, 'id' | 'value' | 'used' | 'killed'>): AuthorizationCode {
    const issued: AuthorizationCode = {
      ...code,
      id: `code#${++this.counter}`,
      value: this.random.hex(40),
      used: false,
      killed: false,
    };
    this.codes.set(issued.value, issued);
    code.installation.codes.push(issued);
    return issued;
  }

  token(value: string): IssuedToken | undefined {
    return this.tokens.get(value);
  }

  code(value: string): AuthorizationCode | undefined {
    return this.codes.get(value);
  }

  /** The short id of whatever was presented; what this simulator never made is `foreign#n`. */
  idOf(value: string): string {
    const known = this.tokens.get(value)?.id ?? this.codes.get(value)?.id ?? this.strangers.get(value);
    if (known !== undefined) return known;
    const id = `foreign#${this.strangers.size + 1}`;
    this.strangers.set(value, id);
    return id;
  }

  /** Kills tokens of an installation, except the given ones. */
  kill(
    installation: SimulatedInstallation,
    which: OlderTokens,
    except: readonly (IssuedToken | undefined)[] = [],
  ): void {
    if (which === 'none') return;
    for (const token of installation.tokens) {
      if ((which === 'all' || token.kind === 'refresh') && !except.includes(token)) token.killed = true;
    }
  }

  remember(secret: string): void {
    this.otherSecrets.add(secret);
  }

  secrets(): string[] {
    return [...this.otherSecrets, ...this.codes.keys(), ...this.tokens.keys()];
  }
}

import { IsIn, IsOptional, IsUrl, Matches, validateSync } from 'class-validator';
import { NUMBER_SETTINGS } from './durations.js';
import type { VariableProblem, Variables } from './environment-pair.js';
import { CLIENT_ID, MODES, VERSION } from './forms.js';

const URL_FORM = {
  require_protocol: true,
  protocols: ['http', 'https'],
  require_tld: false,
  require_valid_protocol: true,
};
const IS_URL = { message: 'must be an absolute URL, beginning with https:// or http://' };
const IS_SWITCH = { message: 'must be true or false' };
const SWITCH = ['true', 'false'];

/** The environment variables of the module, as they may look. */
class GhlEnvironment {
  @IsOptional()
  @Matches(CLIENT_ID, { message: 'must be a client id of the marketplace portal, <app id>-<suffix>' })
  GHL_CLIENT_ID?: string;

  @IsOptional()
  @Matches(/^\S+$/, { message: 'must not contain blanks' })
  GHL_CLIENT_SECRET?: string;

  @IsOptional()
  @Matches(/\S/, { message: 'must be the path of a file' })
  GHL_CLIENT_SECRET_FILE?: string;

  @IsOptional()
  @IsUrl(URL_FORM, IS_URL)
  GHL_REDIRECT_URI?: string;

  @IsOptional()
  @Matches(/^[\w./-]+([\s,]+[\w./-]+)*$/, { message: 'must be scopes, separated by blanks or commas' })
  GHL_SCOPES?: string;

  @IsOptional()
  @IsUrl(URL_FORM, IS_URL)
  GHL_API_BASE_URL?: string;

  @IsOptional()
  @IsUrl(URL_FORM, IS_URL)
  GHL_MARKETPLACE_URL?: string;

  @IsOptional()
  @Matches(VERSION, { message: 'must be a version such as 2021-07-28 or v3' })
  GHL_API_VERSION?: string;

  @IsOptional()
  @Matches(/^[\w.:[\]-]+([\s,]+[\w.:[\]-]+)*$/, { message: 'must be hosts, separated by blanks or commas' })
  GHL_AUTH_ALLOWED_HOSTS?: string;

  @IsOptional()
  @IsIn(MODES, { message: `must be ${MODES.join(', ')}` })
  GHL_AUTH_MODE?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_RECONNECT_ENABLED?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_MINT_ENABLED?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_JOB_ENABLED?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_SEALING_ENABLED?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_SEALING_REQUIRED?: string;

  @IsOptional()
  @IsIn(SWITCH, IS_SWITCH)
  GHL_AUTH_SEALING_ACCEPT_UNSEALED?: string;
}

for (const { variable } of NUMBER_SETTINGS) {
  IsOptional()(GhlEnvironment.prototype, variable);
  Matches(/^\d{1,15}$/, { message: 'must be a whole number' })(GhlEnvironment.prototype, variable);
}

/** What is wrong with the form of each variable, naming it and never its value. */
export function environmentProblems(variables: Variables): readonly VariableProblem[] {
  const environment = Object.assign(new GhlEnvironment(), variables);
  return validateSync(environment, { forbidUnknownValues: false }).map(({ property, constraints }) => ({
    variable: property,
    problem: `environment variable ${property} ${Object.values(constraints ?? {}).join(' and ')}`,
  }));
}

/** What is wrong at one place of a request. */
export interface RequestFault {
  /** JSON pointer into the body (RFC 6901). */
  readonly pointer: string;
  /** What was found, what is allowed, and so what to change. */
  readonly detail: string;
}

/** A problem document (RFC 9457): the answer to a request that is not answered. */
export interface Problem {
  /** `urn:headrace:problem:<code>`: stable, for programs. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people: what to change. */
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
}

/** Every problem that serving knows, by code. */
const problems = {
  bad_json: { status: 400, title: 'The body is not JSON' },
  insufficient_scope: { status: 403, title: 'The token does not allow it' },
  not_found: { status: 404, title: 'There is no such path' },
  unknown_model: { status: 404, title: 'There is no such model' },
  unknown_view: { status: 404, title: 'There is no such feature view' },
  not_answerable: { status: 409, title: 'The state already holds later events' },
  inputs_missing: { status: 409, title: 'Inputs of the model are missing' },
  body_too_large: { status: 413, title: 'The body is too large' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  internal: { status: 500, title: 'Something broke' },
  model_unavailable: { status: 503, title: 'No model is there to answer' },
  view_not_filled: { status: 503, title: 'The feature view is not filled yet' },
  state_unavailable: { status: 503, title: 'The feature state could not be read' },
  models_unavailable: { status: 503, title: 'The models could not be read' },
} as const;

export type ProblemCode = keyof typeof problems;

/** The HTTP status that a problem is answered with. */
export const statusOf = (code: ProblemCode): number => problems[code].status;

/** Something that was asked for, or why it could not be given. */
export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: Problem };

/** A problem document. */
export const problemOf = (code: ProblemCode, detail: string, errors?: readonly RequestFault[]): Problem =>
  ({ type: `urn:headrace:problem:${code}`, ...problems[code], detail, ...(errors ? { errors } : {}) });

/** Whether a problem is the one of a code. */
export const isProblem = ({ type }: Pick<Problem, 'type'>, code: ProblemCode): boolean => type === `urn:headrace:problem:${code}`;

export const failed = (code: ProblemCode, detail: string, errors?: readonly RequestFault[]): { readonly ok: false; readonly problem: Problem } =>
  ({ ok: false, problem: problemOf(code, detail, errors) });

const mostFaults = 20;

/** The problem of a request with faults: its detail repeats the first, so that it can be mended without reading on. */
export const invalidRequest = (faults: readonly RequestFault[]): { readonly ok: false; readonly problem: Problem } => {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more, see errors)` : '';
  return failed('invalid_request', first ? `${first.pointer || 'The body'} ${first.detail}${more}` : 'The request is not valid.', faults.slice(0, mostFaults));
};

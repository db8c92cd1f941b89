interface Step {
  readonly call: string;
  answer: string | null;
}

const SHOWN_LINES = 40;

/** Writes down calls and their answers in the order in which they happened. */
export class StepLog {
  private readonly events: { readonly step: number; readonly kind: 'call' | 'answer' }[] = [];
  private readonly steps: Step[] = [];

  /** A call begins. @returns what to report its answer to */
  begin(call: string): (answer: string) => void {
    const step: Step = { call, answer: null };
    const number = this.steps.push(step);
    this.events.push({ step: number, kind: 'call' });
    return (answer) => {
      step.answer = answer;
      this.events.push({ step: number, kind: 'answer' });
    };
  }

  /** Something that is not a call of the repository. */
  note(text: string): void {
    this.events.push({ step: this.steps.push({ call: text, answer: '' }), kind: 'call' });
  }

  /** The calls that have no answer yet. */
  pending(): readonly string[] {
    return this.steps.filter(({ answer }) => answer === null).map(({ call }) => call);
  }

  /** One line per event; a call whose answer came before anything else happened takes one line. */
  lines(): readonly string[] {
    const lines: string[] = [];
    for (let index = 0; index < this.events.length; index += 1) {
      const event = this.events[index];
      const step = event === undefined ? undefined : this.steps[event.step - 1];
      if (event === undefined || step === undefined) continue;
      const next = this.events[index + 1];
      if (event.kind === 'answer') {
        lines.push(`${event.step}. … ${step.answer}`);
      } else if (step.answer === '') {
        lines.push(`${event.step}. ${step.call}`);
      } else if (next?.step === event.step) {
        lines.push(`${event.step}. ${step.call} → ${step.answer}`);
        index += 1;
      } else {
        lines.push(`${event.step}. ${step.call}${step.answer === null ? ' → no answer' : ' …'}`);
      }
    }
    const left = lines.length - SHOWN_LINES;
    return left > 0 ? [`(${left} earlier lines left out)`, ...lines.slice(left)] : lines;
  }
}

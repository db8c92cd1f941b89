import ts from 'typescript';

const { SyntaxKind: K } = ts;

/** What each operator becomes. */
const BINARY = new Map([
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.EqualsEqualsToken, ['!=']],
  [K.ExclamationEqualsToken, ['==']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.QuestionQuestionToken, ['&&']],
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.AsteriskAsteriskToken, ['*']],
]);
const METHODS = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['some', 'every'],
  ['every', 'some'],
  ['find', 'findLast'],
  ['findLast', 'find'],
]);

/**
 * Every way to swap one operator of a source: comparisons, logic, arithmetic, conditions taken for true or false, branches exchanged,
 * `!` left out, booleans turned round, small numbers one greater, `min` for `max`, `some` for `every`.
 */
export function mutantsOf(source) {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.ES2022, true);
  const mutants = [];
  const replace = (node, text, start = node.getStart(file)) => {
    const { line } = file.getLineAndCharacterOfPosition(start);
    const before = source.slice(start, node.end);
    mutants.push({
      line: line + 1,
      what: `${before} -> ${text}`,
      code: source.slice(0, start) + text + source.slice(node.end),
    });
  };
  const condition = (node) => {
    for (const text of ['true', 'false']) replace(node, text);
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      for (const operator of BINARY.get(node.operatorToken.kind) ?? []) {
        // A `??` and a `&&` may not stand beside each other without brackets.
        const sides = [node.left, node.right].map((side) => `(${side.getText(file)})`);
        replace(node, `(${sides[0]} ${operator} ${sides[1]})`);
      }
    }
    if (ts.isConditionalExpression(node)) {
      const { condition: asked, whenTrue, whenFalse } = node;
      const parts = [asked, whenFalse, whenTrue].map((part) => `(${part.getText(file)})`);
      replace(node, `(${parts[0]} ? ${parts[1]} : ${parts[2]})`);
    }
    if (ts.isIfStatement(node)) condition(node.expression);
    if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
      replace(node, node.operand.getText(file));
    }
    if (node.kind === K.TrueKeyword) replace(node, 'false');
    if (node.kind === K.FalseKeyword) replace(node, 'true');
    if (ts.isNumericLiteral(node) && Number(node.text) < 100) replace(node, `(${node.text} + 1)`);
    if (ts.isPropertyAccessExpression(node) && METHODS.has(node.name.text))
      replace(node.name, METHODS.get(node.name.text));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants;
}

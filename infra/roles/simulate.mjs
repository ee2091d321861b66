// Standard input: [{policies: [...], action, resource, context}]; standard output: [true | false | "why not known"].
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const find = createRequire(process.argv[2] + "/");
const { runSimulation } = await import(
  pathToFileURL(find.resolve("@cloud-copilot/iam-simulate")).href
);

const ACCOUNT = "111122223333";
let text = "";
for await (const piece of process.stdin) text += piece;
const answers = [];
for (const { policies, action, resource, context } of JSON.parse(text)) {
  const result = await runSimulation(
    {
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/function`,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: policies.map((policy, number) => ({ name: `p${number}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  answers.push(result.resultType === "error" ? JSON.stringify(result.errors) : result.overallResult === "Allowed");
}
console.log(JSON.stringify(answers));

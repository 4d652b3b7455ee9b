using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Verification;
using Phi4R.Verification.Extraction;

namespace Phi4R.Cli;

/// <summary>Asking the verifier; each verb is one call into the library.</summary>
internal static class MathsVerbs
{
    public static IEnumerable<Command> All() => [Verify(), Extract(), Audit()];

    private static Command Verify() =>
        JsonLinesVerb.Create("verify", "Says of each line {gold, pred, form, ...} on the standard input whether the "
            + "answer is right.", request =>
    {
        request.WithOnly(
            "gold", "gold_parts", "pred", "pred_parts", "form", "targets",
            "precision", "strict", "allow_set_relation_comp");
        var clock = Stopwatch.GetTimestamp();
        var verdict = AnswerVerification.Decide(new VerificationRequest
        {
            Gold = Text(request, "gold"),
            Pred = Text(request, "pred"),
            IsText = (string?)request["form"] == "text",
            Targets = request["targets"] is JsonArray targets
                ? [.. targets.Select(target => (string?)target
                    ?? throw new InvalidDataException("\"targets\" holds null; expected were latex and expr."))]
                : ["latex", "expr"],
            Config = new VerifierConfig
            {
                Precision = (int?)request["precision"] ?? 6,
                Strict = (bool?)request["strict"] ?? true,
                AllowSetRelation = (bool?)request["allow_set_relation_comp"] ?? false,
            },
        });
        return new JsonObject
        {
            ["verdict"] = verdict.Outcome switch
            {
                Outcome.Correct => "correct",
                Outcome.Incorrect => "incorrect",
                _ => "unverifiable"
            },
            ["reason"] = verdict.Reason,
            ["ms"] = Math.Round(Stopwatch.GetElapsedTime(clock).TotalMilliseconds, 3),
        };
    });

    private static Command Extract() =>
        JsonLinesVerb.Create("extract", "Takes the answer out of each line {response, kind, options} on the "
            + "standard input.", request =>
    {
        request.WithOnly("response", "response_parts", "kind", "options");
        var response = Text(request, "response");
        var found = (string?)request["kind"] == "choice"
            ? request["options"] is JsonArray options
                ? ChoiceExtraction.Extract(response, options.Count)
                : ChoiceExtraction.Extract(response, Letters(request["options"]))
            : AnswerExtraction.Extract(response);
        return new JsonObject { ["answer"] = found.Answer, ["rule"] = found.Rule };
    });

    private static Command Audit()
    {
        Argument<FileInfo> file = new("file")
        {
            Description = "A data set of one JSON object a line, each with its answer.",
        };
        Option<string> field = new("--field")
        {
            Description = "The field that holds the reference answer.",
            DefaultValueFactory = _ => "answer",
        };
        Option<double> limit = new("--limit")
        {
            Description = "Share of bad references above which the command fails.",
            DefaultValueFactory = _ => 0.02,
        };
        Command command = new("audit", "Checks every reference answer of a data set against itself and its neighbors.")
        {
            file,
            field,
            limit,
        };
        command.SetAction(parsed => ModelOptions.Clearly("audit", () =>
        {
            var name = parsed.GetRequiredValue(field);
            var path = parsed.GetRequiredValue(file).FullName;
            var golds = TextLines.Read(path).Index().Where(line => line.Item.Length > 0)
                .Select(line => Answer(Field(line.Item, line.Index, name))).ToList();
            if (golds.Count == 0)
            {
                throw new InvalidDataException($"{path} holds no record; a data set has one JSON object a line.");
            }

            var report = GoldAudit.Run(golds);
            foreach (var finding in report.Findings)
            {
                Console.WriteLine(new JsonObject
                {
                    ["record"] = finding.Record,
                    ["answer"] = finding.Answer,
                    ["kind"] = finding.Kind.ToString(),
                    ["reason"] = finding.Reason,
                }.ToJsonString(JsonLinesVerb.Plain));
            }

            Console.WriteLine(new JsonObject
            {
                ["references"] = report.References,
                ["unreadable"] = report.Unreadable,
                ["ambiguous"] = report.Ambiguous,
            }.ToJsonString(JsonLinesVerb.Plain));
            return report.BadShare <= parsed.GetRequiredValue(limit) ? 0 : 1;
        }));
        return command;
    }

    private static JsonNode? Field(string line, int index, string name)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject row
                ? row[name]
                : throw new JsonException("it is no JSON object.");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"Line {index + 1} cannot be read: {problem.Message} A data set has one "
                + "JSON object a line.", problem);
        }
    }

    private static string Answer(JsonNode? node) => node switch
    {
        JsonArray several => string.Join(", ", several.Select(item => item?.ToString())),
        null => "",
        _ => node.ToString(),
    };

    private static string Letters(JsonNode? options) => options switch
    {
        JsonValue value when value.TryGetValue<string>(out var letters) => letters,
        JsonValue value when value.TryGetValue<int>(out var count) =>
            string.Concat(Enumerable.Range(0, count).Select(i => (char)('A' + i))),
        _ => "ABCD",
    };

    // A long text may be given in parts, each with how often it is repeated.
    private static string Text(JsonObject request, string name) => request[name + "_parts"] is JsonArray parts
        ? string.Concat(
            parts.Select(
                part =>
                    string.Concat(Enumerable.Repeat(Part(part, 0).GetValue<string>(), Part(part, 1).GetValue<int>()))))
        : request.RequiredText(name);

    private static JsonNode Part(JsonNode? part, int place) =>
        part?[place] ?? throw new InvalidDataException("a part is not [text, how often].");
}

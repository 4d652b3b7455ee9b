// dotnet run -c Release --project lib/Samples -- grade ANSWERS.jsonl
// dotnet run -c Release --project lib/Samples -- chat FOLDER QUESTION
// dotnet run -c Release --project lib/Samples -- dpo FOLDER PAIRS.jsonl NEW-FOLDER
// dotnet run -c Release --project lib/Samples -- evaluate ADDRESS MODEL PROBLEMS.jsonl [KEY]
using Phi4R.Samples;

switch (args)
{
    case ["grade", var answers]:
        GradeAnswers.Run(answers);
        return 0;
    case ["chat", var folder, var question]:
        await ChatWithCheckpoint.Run(folder, question).ConfigureAwait(false);
        return 0;
    case ["dpo", var folder, var pairs, var target]:
        DpoOnPairs.Run(folder, pairs, target);
        return 0;
    case ["evaluate", var address, var model, var problems, .. var key]:
        EvaluateEndpoint.Run(address, model, problems, key.FirstOrDefault() ?? "none");
        return 0;
    default:
        Console.Error.WriteLine("samples: grade ANSWERS.jsonl, chat FOLDER QUESTION, dpo FOLDER PAIRS.jsonl "
            + "NEW-FOLDER, or evaluate ADDRESS MODEL PROBLEMS.jsonl [KEY]");
        return 2;
}

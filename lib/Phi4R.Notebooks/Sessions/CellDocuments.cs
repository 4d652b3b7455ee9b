using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// The cells as documents that Roslyn's services read: a project of each submission, chained as they are.
/// </summary>
/// <remarks>
/// Made when there is nothing else to do, or at the first question, as loading the services takes longer than a first
/// cell does. For one thread at a time.
/// </remarks>
internal sealed class CellDocuments(Submissions submissions)
{
    private readonly Dictionary<CSharpCompilation, ProjectId> _projects = [];
    private Solution _chain = new AdhocWorkspace(LanguageServices.Host).CurrentSolution;

    /// <summary>A cell as the next document of the chain, which stays as it is.</summary>
    public async Task<Document> DraftAsync(string code, CancellationToken cancel)
    {
        var draft = submissions.Draft(CSharpSyntaxTree.ParseText(SourceText.From(code), Submissions.Syntax,
            cancellationToken: cancel));
        if (draft.ScriptCompilationInfo!.PreviousScriptCompilation is { } last)
        {
            await FollowAsync(last, cancel).ConfigureAwait(false);
        }

        var (solution, project) = WithProject(_chain, draft);
        return solution.GetProject(project)!.Documents.Single();
    }

    private async Task FollowAsync(CSharpCompilation last, CancellationToken cancel)
    {
        Stack<CSharpCompilation> unknown = [];
        for (var cell = last; cell is not null && !_projects.ContainsKey(cell);
            cell = cell.ScriptCompilationInfo!.PreviousScriptCompilation)
        {
            unknown.Push(cell);
        }

        while (unknown.TryPop(out var cell))
        {
            (_chain, var project) = WithProject(_chain, cell);
            _projects.Add(cell, project);
        }

        // Kept by this solution, and so by all drafts that fork it: each would bind the whole chain anew.
        await _chain.GetProject(_projects[last])!.GetCompilationAsync(cancel).ConfigureAwait(false);
    }

    private (Solution Solution, ProjectId Project) WithProject(Solution chain, CSharpCompilation cell)
    {
        var id = ProjectId.CreateNewId();
        var name = cell.AssemblyName!;
        var before = cell.ScriptCompilationInfo!.PreviousScriptCompilation is { } previous
            && _projects.TryGetValue(previous, out var project) ? project : null;
        var text = TextAndVersion.Create(cell.SyntaxTrees.Single().GetText(CancellationToken.None),
            VersionStamp.Default);
        return (chain.AddProject(ProjectInfo.Create(
            id,
            VersionStamp.Default,
            name,
            name,
            LanguageNames.CSharp,
            compilationOptions: cell.Options,
            parseOptions: Submissions.Syntax,
            documents:
            [
                DocumentInfo.Create(DocumentId.CreateNewId(id), name, sourceCodeKind: SourceCodeKind.Script,
                    loader: TextLoader.From(text)),
            ],
            projectReferences: before is null ? [] : [new ProjectReference(before)],
            metadataReferences: cell.ExternalReferences,
            isSubmission: true)), id);
    }
}

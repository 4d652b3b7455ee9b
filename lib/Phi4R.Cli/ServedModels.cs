using System.Text.Json.Nodes;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>The models of one server, by their names; a request that names none gets the first.</summary>
internal sealed class ServedModels : IDisposable
{
    private readonly IReadOnlyList<(ServedModel Model, ServedWeights Weights)> _models;

    /// <exception cref="ArgumentException">Two have the same name, so that it would mean either.</exception>
    public ServedModels(IReadOnlyList<(ServedModel Model, ServedWeights Weights)> models)
    {
        _models = models;
        if (models.CountBy(one => one.Model.Name).FirstOrDefault(name => name.Value > 1) is { Key: { } twice })
        {
            throw new ArgumentException($"{models.Count(one => one.Model.Name == twice)} of the models are called "
                + $"{twice}; name each by another folder.");
        }
    }

    /// <summary>The model of requests that name none.</summary>
    public (ServedModel Model, ServedWeights Weights) First => _models[0];

    /// <summary>The model of a name; null where there is none.</summary>
    public (ServedModel Model, ServedWeights Weights)? Find(string? name) => name is null
        ? First
        : _models.Where(one => one.Model.Name == name).Select(one => ((ServedModel, ServedWeights)?)one)
            .FirstOrDefault();

    /// <summary>What to say of a name that no model here has.</summary>
    public string Missing(string name) => _models.Count == 1
        ? $"The model {name} is not here; this is {First.Model.Name}."
        : $"The model {name} is not here; there are {string.Join(", ", Names)}.";

    /// <summary>The models as /v1/models lists them.</summary>
    public JsonArray Cards() => new([.. _models.Select(one => one.Weights.Card())]);

    /// <summary>The models' names, in the order given.</summary>
    public IEnumerable<string> Names => _models.Select(one => one.Model.Name);

    /// <summary>Whether there is one model only, whose weights can be replaced without naming it.</summary>
    public bool IsSingle => _models.Count == 1;

    public void Dispose()
    {
        foreach (var (model, weights) in _models)
        {
            weights.Dispose();
            model.Dispose();
        }
    }
}

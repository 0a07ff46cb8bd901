"""What a store of experiments, runs and logged models must do; one request in, one reply out."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...wire import messages as m


class RunStore(ABC):
    """Every operation of `wire.endpoints.RUNS`. Single writes are batches of one unless a store knows better.

    All methods may be called from several threads at once. They raise `NotFound` for an unknown experiment, run or
    model, `InvalidArgument` for a bad key, value, filter or status, `AlreadyExists` for a taken name and `WrongState`
    for a write to something deleted.
    """

    @abstractmethod
    def create_experiment(self, request: m.CreateExperiment) -> m.ExperimentId: ...
    @abstractmethod
    def get_experiment(self, request: m.GetExperiment) -> m.ExperimentReply: ...
    @abstractmethod
    def get_experiment_by_name(self, request: m.GetExperimentByName) -> m.ExperimentReply: ...
    @abstractmethod
    def search_experiments(self, request: m.SearchExperiments) -> m.ExperimentPage: ...
    @abstractmethod
    def update_experiment(self, request: m.UpdateExperiment) -> m.Empty: ...
    @abstractmethod
    def delete_experiment(self, request: m.DeleteExperiment) -> m.Empty: ...
    @abstractmethod
    def restore_experiment(self, request: m.RestoreExperiment) -> m.Empty: ...
    @abstractmethod
    def set_experiment_tag(self, request: m.SetExperimentTag) -> m.Empty: ...
    @abstractmethod
    def delete_experiment_tag(self, request: m.DeleteExperimentTag) -> m.Empty: ...
    @abstractmethod
    def search_datasets(self, request: m.SearchDatasets) -> m.DatasetSummaries: ...

    @abstractmethod
    def create_run(self, request: m.CreateRun) -> m.RunReply: ...
    @abstractmethod
    def get_run(self, request: m.GetRun) -> m.RunReply: ...
    @abstractmethod
    def update_run(self, request: m.UpdateRun) -> m.RunInfoReply: ...
    @abstractmethod
    def delete_run(self, request: m.DeleteRun) -> m.Empty: ...
    @abstractmethod
    def restore_run(self, request: m.RestoreRun) -> m.Empty: ...
    @abstractmethod
    def search_runs(self, request: m.SearchRuns) -> m.RunPage: ...

    @abstractmethod
    def log_batch(self, request: m.LogBatch) -> m.Empty: ...

    def log_metric(self, request: m.LogMetric) -> m.Empty:
        point = m.Metric(
            request.key,
            request.value,
            request.timestamp,
            request.step,
            request.dataset_name,
            request.dataset_digest,
            request.model_id,
        )
        return self.log_batch(m.LogBatch(request.run_id or request.run_uuid, metrics=[point]))

    def log_param(self, request: m.LogParam) -> m.Empty:
        param = m.Param(request.key, request.value)
        run_id = request.run_id or request.run_uuid
        return self.log_batch(m.LogBatch(run_id, params=[param], on_conflict=request.on_conflict))

    def set_tag(self, request: m.SetTag) -> m.Empty:
        tag = m.RunTag(request.key, request.value)
        return self.log_batch(m.LogBatch(request.run_id or request.run_uuid, tags=[tag]))

    @abstractmethod
    def delete_tag(self, request: m.DeleteTag) -> m.Empty: ...
    @abstractmethod
    def log_model(self, request: m.LogModel) -> m.Empty: ...
    @abstractmethod
    def log_inputs(self, request: m.LogInputs) -> m.Empty: ...
    @abstractmethod
    def log_outputs(self, request: m.LogOutputs) -> m.Empty: ...
    @abstractmethod
    def get_metric_history(self, request: m.GetMetricHistory) -> m.MetricPage: ...
    @abstractmethod
    def get_metric_history_bulk_interval(self, request: m.GetMetricHistoryBulkInterval) -> m.MetricPage: ...

    @abstractmethod
    def create_logged_model(self, request: m.CreateLoggedModel) -> m.LoggedModelReply: ...
    @abstractmethod
    def get_logged_model(self, request: m.GetLoggedModel) -> m.LoggedModelReply: ...
    @abstractmethod
    def finalize_logged_model(self, request: m.FinalizeLoggedModel) -> m.LoggedModelReply: ...
    @abstractmethod
    def delete_logged_model(self, request: m.DeleteLoggedModel) -> m.Empty: ...
    @abstractmethod
    def search_logged_models(self, request: m.SearchLoggedModels) -> m.LoggedModelPage: ...
    @abstractmethod
    def set_logged_model_tags(self, request: m.SetLoggedModelTags) -> m.LoggedModelReply: ...
    @abstractmethod
    def delete_logged_model_tag(self, request: m.DeleteLoggedModelTag) -> m.Empty: ...
    @abstractmethod
    def log_logged_model_params(self, request: m.LogLoggedModelParams) -> m.Empty: ...

"""Runs the datasets of Headrace from Apache Airflow: each task starts the same Step Functions pipeline as EventBridge Scheduler would, and waits for it."""

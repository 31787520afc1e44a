.PHONY: up down logs

up: env ## Build and start the containers, and wait until all are healthy
	docker compose up --build --detach --wait

down: ## Stop and remove the containers; volumes stay
	docker compose down

logs: ## Follow what the containers say
	docker compose logs --follow
